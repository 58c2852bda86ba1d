import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outlivesRetention } from '#contracts';
import { canonicalTables, decisionsOf } from './canonical-dump.js';
import { histories, STARTED_AT } from './histories.js';
import { opened, post, reading, settle } from './reading.fixture.js';

const RUNS = Number(process.env['PIPELINE_RUNS'] ?? 200);
const HOUR = 3_600_000;

interface Posted {
  readonly source: string;
  readonly id: string;
  readonly version: number;
  readonly occurredAt: string;
  readonly type: string;
  readonly withdrawn?: boolean;
}

const nameOf = ({ source, id }: Posted): string => `${source}/${id}`;

/** Of each interaction the version that stands: the one that decides whether it expires. */
function standing(interactions: readonly Posted[]): Map<string, Posted> {
  const found = new Map<string, Posted>();
  for (const each of interactions) {
    const before = found.get(nameOf(each));
    if (before === undefined || isNewer(each, before)) found.set(nameOf(each), each);
  }
  return found;
}

function isNewer(next: Posted, before: Posted): boolean {
  if (next.version !== before.version) return next.version > before.version;
  return Date.parse(next.occurredAt) < Date.parse(before.occurredAt);
}

const horizonArbitrary = fc
  .tuple(fc.integer({ min: 0, max: 4 * 24 }), fc.integer({ min: 1, max: 48 }))
  .map(([first, more]) => [STARTED_AT + first * HOUR, STARTED_AT + (first + more) * HOUR] as const);

describe('retention', () => {
  it('leaves in every service what a system has that never got what occurred before', async () => {
    let expired = 0;
    let kept = 0;
    let consents = 0;
    await fc.assert(
      fc.asyncProperty(
        histories(80),
        horizonArbitrary,
        fc.record({ early: reading, late: reading, other: reading }),
        fc.record({ cut: fc.nat(), again: fc.nat(), lag: fc.nat({ max: 40 }) }),
        async (history, [first, last], { early, late, other }, { cut, again, lag }) => {
          const all = history.interactions as readonly Posted[];
          const winners = standing(all);
          const isKept = (each: Posted): boolean => {
            const winner = winners.get(nameOf(each)) ?? each;
            const isConsent = outlivesRetention(winner.type) && winner.withdrawn !== true;
            if (isConsent && Date.parse(winner.occurredAt) < last) consents += 1;
            return isConsent || Date.parse(winner.occurredAt) >= last;
          };

          const expiring = opened();
          const place = cut % (all.length + 1);
          await post(expiring, all.slice(0, place), early);
          for (const call of history.calls) await expiring.call(call);
          expired += await expiring.expire(first);
          for (let batch = 0; batch < lag; batch += 1) {
            const waiting = expiring.waiting();
            if (waiting.length > 0) await expiring.read(waiting[lag % waiting.length] ?? '', batch);
          }
          await post(expiring, all.slice(place), late);
          await post(expiring, all.slice(0, again % (all.length + 1)), early);
          expired += await expiring.expire(last);
          await settle(expiring);

          const neverSent = opened();
          for (const call of history.calls) await neverSent.call(call);
          await post(neverSent, [...all].reverse().filter(isKept), other);
          await settle(neverSent);

          expect(canonicalTables(expiring)).toEqual(canonicalTables(neverSent));
          expect(decisionsOf(expiring)).toEqual(decisionsOf(neverSent));
          kept += neverSent.people.winnerRows.size;
        },
      ),
      { numRuns: RUNS },
    );
    expect(expired).toBeGreaterThan(RUNS);
    expect(kept).toBeGreaterThan(RUNS);
    expect(consents).toBeGreaterThan(RUNS);
  }, 600_000);
});
