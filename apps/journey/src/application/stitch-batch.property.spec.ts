import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, type Fact } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { FixedClock } from '#kernel';
import type { DerivedFact } from '../domain/derived-fact.js';
import { naiveDerivation, type NaiveFact } from '../domain/naive-derivation.fixture.js';
import {
  arrivalOf,
  batchOf,
  histories,
  naiveHistory,
  START,
  type History,
} from './history.fixture.js';
import { memoryJourney, type MemoryJourney } from './memory-stores.fixture.js';
import { StitchBatch } from './stitch-batch.js';
import { SweepDeadlines } from './sweep-deadlines.js';

const RUNS = 1_000;
const HOUR = 3_600_000;

interface Arrival {
  readonly history: History;
  readonly batches: readonly LogRecord[][];
  /** Hours after the start at which sweeps happen, one after each batch while they last. */
  readonly sweeps: readonly number[];
}

const arrivals: fc.Arbitrary<Arrival> = histories.chain((history) =>
  fc.record({
    history: fc.constant(history),
    batches: arrivalOf(history),
    sweeps: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 4 }),
  }),
);

async function live({
  batches,
  sweeps,
}: Arrival): Promise<{ journey: MemoryJourney; watermark: number }> {
  const journey = memoryJourney();
  const clock = new FixedClock(START);
  const stitching = new StitchBatch(journey.unitOfWork, journey.stores, clock);
  const sweeping = new SweepDeadlines(journey.unitOfWork, journey.stores, clock);
  for (const [index, records] of batches.entries()) {
    await stitching.execute(batchOf(records));
    const hours = sweeps[index];
    if (hours !== undefined) await sweeping.execute(START + hours * HOUR);
  }
  const watermark = START + Math.max(0, ...sweeps) * HOUR;
  await sweeping.execute(watermark);
  return { journey, watermark };
}

/** The form that both derivations can be brought into. */
function plain(fact: DerivedFact): NaiveFact {
  const { kind, id, profileKey, from, to, at, dims, measures, interactions, status, finalAt } =
    fact;
  const refs = [...interactions.first, ...interactions.last].map(
    (ref) => `${ref.source}/${ref.id}`,
  );
  return {
    kind,
    id,
    profileKey,
    from,
    to,
    at,
    dims,
    measures,
    refs,
    status,
    ...(finalAt === undefined ? {} : { finalAt }),
  };
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

function newest(published: readonly OutgoingRecord[]): Map<string, OutgoingRecord> {
  return new Map(published.map((record) => [record.key, record]));
}

describe('a batch of arrivals', () => {
  it('gives the facts of a naive derivation, whatever the order, batching, repeats, versions, withdrawals and moves', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (arrival) => {
        const { journey, watermark } = await live(arrival);
        expect(journey.unitOfWork.deadLetters).toEqual([]);
        const derived = journey.facts.current().map(plain).sort(byId);
        expect(derived).toEqual(naiveDerivation(naiveHistory(arrival.history, watermark)));
      }),
      { numRuns: RUNS },
    );
  });

  it('publishes exactly the stored facts: the newest record of each key is the fact, or a tombstone', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (arrival) => {
        const { journey } = await live(arrival);
        const last = newest(journey.unitOfWork.published);
        const alive = [...last.values()]
          .filter(({ value }) => value !== null)
          .map(({ value }) => JSON.parse(String(value)) as Fact);
        const summary = (fact: { id: string; measures: object; dims: object }) => ({
          id: fact.id,
          measures: fact.measures,
          dims: fact.dims,
        });
        expect(alive.map(summary).sort(byId)).toEqual(
          journey.facts.current().map(summary).sort(byId),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('never publishes the same content twice in a row, and revisions grow', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (arrival) => {
        const { journey } = await live(arrival);
        const seen = new Map<string, { content: string; revision: number }>();
        for (const { key, value, headers } of journey.unitOfWork.published) {
          const {
            revision: _,
            profileId: __,
            ...content
          } = value === null ? ({} as Fact) : (JSON.parse(String(value)) as Fact);
          const now = {
            content: JSON.stringify(content),
            revision: Number(headers[HEADER.revision]),
          };
          const before = seen.get(key);
          expect(now.revision).toBeGreaterThan(before?.revision ?? -1);
          // A fact that only changed hands is a change although its content is the same.
          if (value === null) expect(before?.content).not.toBe(now.content);
          seen.set(key, now);
        }
      }),
      { numRuns: 100 },
    );
  });
});
