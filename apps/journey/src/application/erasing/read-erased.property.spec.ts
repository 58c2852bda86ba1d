import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, type Fact } from '#contracts';
import { Mentions } from '#erasure';
import { canonicalJson } from '#kernel';
import { live, type Arrival } from '../arrival.fixture.js';
import { busyHistories, histories, recordsOf } from '../history.fixture.js';
import type { MemoryJourney } from '../memory-stores.fixture.js';
import { EraseReplaced } from './erase-replaced.js';
import {
  arrivalOfErased,
  erasedFrom,
  ERASED_VALUE,
  REQUEST,
  type ErasedHistory,
} from './erased-history.fixture.js';

interface Telling {
  readonly erased: ErasedHistory;
  /** With the erased and their erasure. */
  readonly sent: Arrival;
  /** Before which batch the request of the erasure is read. */
  readonly requestedAt: number;
  /** Without the erased. */
  readonly neverSent: Arrival;
}

const tellings = (of: typeof histories): fc.Arbitrary<Telling> =>
  erasedFrom(of).chain((erased) =>
    fc
      .record({
        batches: arrivalOfErased(erased),
        sweeps: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 4 }),
        checkpointEvery: fc.integer({ min: 1, max: 4 }),
        place: fc.nat(),
      })
      .map(({ batches, place, ...how }) => ({
        erased,
        requestedAt: place % (batches.length + 1),
        sent: { history: erased.whole, batches, ...how },
        neverSent: { history: erased.left, batches: [recordsOf(erased.left)], ...how },
      })),
  );

/** With the request of the erasure somewhere in between. */
const liveErased = ({ sent, requestedAt }: Telling) =>
  live(sent, async (batch, journey) => {
    if (batch !== requestedAt) return;
    journey.erasures.keepNames(REQUEST);
    const mentions = new Mentions([], { secret: '', regionOf: () => 'DE' });
    await new EraseReplaced(journey.unitOfWork, journey.stores).erase(mentions, [REQUEST]);
  });

/** Everything that a journey keeps of interactions and makes of them. */
function dump({ archive, facts }: MemoryJourney): unknown {
  const rows = [...archive.rows.values()].map(({ profileKey, filing, contentRevision, body }) =>
    [profileKey, filing, contentRevision, String(body)].join(' '),
  );
  const replaced = [...archive.replaced.values()].map(({ contentRevision, body }) =>
    [contentRevision, String(body)].join(' '),
  );
  const derived = facts.current().map((fact) => canonicalJson(fact));
  return { rows: rows.sort(), replaced: replaced.sort(), facts: derived.sort() };
}

/** All that is stored, and what compacted topics keep of it. */
function everything(journey: MemoryJourney): string {
  const { archive, facts, checkpoints, erasures, unitOfWork, stores } = journey;
  const newest = new Map(unitOfWork.published.map((record) => [record.key, record.value]));
  return JSON.stringify([
    [...archive.rows.values()].map(({ body: _, ...row }) => row),
    [...archive.rows.values()].map(({ body }) => String(body)),
    [...archive.replaced.values()].map(({ body: _, ...row }) => row),
    [...archive.replaced.values()].map(({ body }) => String(body)),
    facts.current(),
    checkpoints,
    [...erasures.identifiers],
    [...(stores.profiles as unknown as { rows: Map<string, unknown> }).rows.values()],
    [...newest.values()].map(String),
  ]);
}

const refilingsIn = ({ records }: ErasedHistory): number =>
  records.filter(({ headers }) => headers[HEADER.refiled] !== undefined).length;

/** As a member of JSON: `"source":"shop","id":"a"`, and as a position of a checkpoint. */
function namesOf(ref: string): string[] {
  const [source, id] = ref.split('/');
  return [
    `${JSON.stringify({ source, id }).slice(1, -1)}`,
    `${JSON.stringify([source, id]).slice(1, -1)}`,
  ];
}

describe('an archive that people were erased from', () => {
  it.each([
    ['short', histories, 500],
    ['long', busyHistories, 200],
  ] as const)(
    'is as if they had never been there, in any order (%s histories)',
    async (_, of, numRuns) => {
      let gone = 0;
      let expired = 0;
      let refiled = 0;
      await fc.assert(
        fc.asyncProperty(tellings(of), async (telling) => {
          const { erased, neverSent } = telling;
          const { journey } = await liveErased(telling);
          expect(journey.unitOfWork.deadLetters).toEqual([]);
          expect(dump(journey)).toEqual(dump((await live(neverSent)).journey));
          gone += erased.erased.size;
          expired += erased.expired.size;
          refiled += refilingsIn(erased);
        }),
        { numRuns },
      );
      expect(gone).toBeGreaterThan(numRuns);
      expect(expired).toBeGreaterThan(numRuns);
      expect(refiled).toBeGreaterThan(numRuns);
    },
  );

  it('holds nothing of what they said', async () => {
    await fc.assert(
      fc.asyncProperty(tellings(busyHistories), async (telling) => {
        const { erased } = telling;
        const { journey } = await liveErased(telling);
        const text = everything(journey);
        expect(text).not.toContain(ERASED_VALUE);
        for (const ref of [...erased.erased, ...erased.expired])
          for (const name of namesOf(ref)) expect(text).not.toContain(name);
      }),
      { numRuns: 100 },
    );
  });

  it('tells of every fact that is gone, and of no other', async () => {
    await fc.assert(
      fc.asyncProperty(tellings(histories), async (telling) => {
        const { journey } = await liveErased(telling);
        const newest = new Map(
          journey.unitOfWork.published.map((record) => [record.key, record.value]),
        );
        const alive = [...newest.values()].flatMap((value) =>
          value === null ? [] : [(JSON.parse(String(value)) as Fact).id],
        );
        expect(alive.sort()).toEqual(
          journey.facts
            .current()
            .map(({ id }) => id)
            .sort(),
        );
      }),
      { numRuns: 100 },
    );
  });
});
