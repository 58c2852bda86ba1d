import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nameInteraction } from '#contracts';
import { canonicalTables } from './canonical-dump.js';
import { histories, SETTLED_AT } from './histories.js';
import { type MemoryPipeline, SECRET, TENANT } from './memory-pipeline.js';
import { opened, post, reading, settle } from './reading.fixture.js';

const RUNS = Number(process.env['PIPELINE_RUNS'] ?? 200);
const HOUR = 3_600_000;

type Posted = { readonly source: string; readonly id: string };

/** Those that a profile can be asked for by, in the one order of the store. */
function identifiersIn({ people }: MemoryPipeline): string[] {
  return [...people.identifierRows.values()]
    .filter(({ first, profileKey }) => first !== null && (profileKey ?? 0) > 0)
    .filter(({ profileKey }) => !people.profileRows.get(profileKey ?? 0)?.isGone)
    .map(({ type, value }) => `${type}:${value}`)
    .sort();
}

describe('an erasure', () => {
  it('leaves in every service what a system has that never got the interactions', async () => {
    let erasures = 0;
    let interactions = 0;
    await fc.assert(
      fc.asyncProperty(
        histories(80),
        fc.record({ early: reading, late: reading, other: reading }),
        fc.record({ pick: fc.nat(), heardAfter: fc.nat(), cut: fc.nat() }),
        async (history, { early, late, other }, { pick, heardAfter, cut }) => {
          const all = history.interactions as readonly Posted[];
          const erased = opened();
          await post(erased, all, early);
          const held = identifiersIn(erased);
          fc.pre(held.length > 0);
          erased.clock.set(SETTLED_AT + HOUR);
          const parts = await erased.erase(held[pick % held.length] as string);
          const names = new Set(parts.flatMap((part) => part.interactions));
          const isErased = ({ source, id }: Posted) =>
            names.has(nameInteraction(SECRET.value, { tenant: TENANT, source, id }));
          // Some of it comes once more.
          const again = all.slice(0, cut % (all.length + 1));
          await post(erased, again, late);
          await settle(erased);

          const neverSent = opened();
          const others = all.filter((each) => !isErased(each));
          const place = heardAfter % (others.length + 1);
          await post(neverSent, others.slice(0, place), other);
          await neverSent.hear(parts);
          await post(neverSent, others.slice(place), other);
          neverSent.clock.set(SETTLED_AT + HOUR);
          await post(
            neverSent,
            again.filter((each) => !isErased(each)),
            late,
          );
          await settle(neverSent);

          expect(canonicalTables(erased)).toEqual(canonicalTables(neverSent));
          erasures += 1;
          interactions += names.size;
        },
      ),
      { numRuns: RUNS },
    );
    expect(erasures).toBeGreaterThan(RUNS / 2);
    expect(interactions).toBeGreaterThan(RUNS);
  }, 600_000);
});
