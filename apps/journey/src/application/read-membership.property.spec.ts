import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSequentialKind } from '../domain/derive.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import { wasCutShort } from '../domain/facts/fold.fixture.js';
import { naiveFacts } from '../domain/naive-derivation.fixture.js';
import { comparePositions, positionOf, type Entry, type Position } from '../domain/timeline.js';
import { arrivalsOf, live } from './arrival.fixture.js';
import { busyHistories, histories, naiveHistory } from './history.fixture.js';
import type { MemoryJourney } from './memory-stores.fixture.js';
import { ReadMembership } from './read-membership.js';
import type { ArchivedInteraction } from './reading.js';

const nameOf = ({ interaction: { source, id } }: Pick<Entry, 'interaction'>) => `${source}/${id}`;

const rowsOf = ({ archive }: MemoryJourney): ArchivedInteraction[] =>
  [...archive.rows.values()].sort((a, b) => comparePositions(positionOf(a), positionOf(b)));

async function inPages(
  membership: ReadMembership,
  fact: DerivedFact,
  limit: number,
): Promise<ArchivedInteraction[]> {
  const all: ArchivedInteraction[] = [];
  let after: Position | undefined;
  for (;;) {
    const page = await membership.ofFact({ fact, after, limit });
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined) return all;
    const { source, id } = last.interaction;
    after = { occurredAt: last.occurredAt, source, id };
  }
}

describe('the interactions of a fact, and the facts of an interaction', () => {
  it.each([
    ['any', histories],
    ['long', busyHistories],
  ])('are those that a naive derivation counts, on %s timelines', async (_, of) => {
    const listed = new Map<string, number>();
    const arrivals = fc.tuple(
      arrivalsOf(of),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async ([arrival, limit, sparse]) => {
        const { journey, watermark } = await live(arrival);
        const stored = journey.facts.current();
        fc.pre(!stored.some(wasCutShort));
        const said = new Map(
          naiveFacts(naiveHistory(arrival.history, watermark)).map(({ id, refs }) => [id, refs]),
        );
        const membership = new ReadMembership(journey.unitOfWork, journey.stores);
        for (const fact of stored) {
          const names = isSequentialKind(fact.kind)
            ? (await inPages(membership, fact, limit)).map(nameOf)
            : rowsOf(journey)
                .filter((row) => !row.withdrawn && row.factIds.includes(fact.id))
                .map(nameOf);
          expect(names).toEqual(said.get(fact.id));
          expect(names).toHaveLength(fact.interactions.count);
          listed.set(fact.kind, (listed.get(fact.kind) ?? 0) + names.length);
        }
        for (const profileKey of new Set(rowsOf(journey).map((row) => row.profileKey))) {
          const rows = rowsOf(journey)
            .filter((row) => row.profileKey === profileKey)
            .filter((__, index) => index % sparse === 0)
            .reverse();
          const found = await membership.ofRows({ tenant: 'default', profileKey }, rows);
          const expected = rows.map((row) =>
            stored
              .filter(
                ({ kind, id }) => isSequentialKind(kind) && said.get(id)?.includes(nameOf(row)),
              )
              .map(({ id }) => id)
              .filter(() => !row.withdrawn),
          );
          expect(found.map((ids) => ids.toSorted())).toEqual(expected.map((ids) => ids.toSorted()));
        }
      }),
      { numRuns: 500 },
    );
    const kinds = ['session', 'issue', 'cart', 'selfservice', 'invitation', 'contact', 'order'];
    for (const kind of kinds) expect(listed.get(kind) ?? 0).toBeGreaterThan(20);
  });
});
