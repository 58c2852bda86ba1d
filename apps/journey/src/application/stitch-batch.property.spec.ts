import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, type Fact } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { foldSequential, isSequential, isSequentialKind } from '../domain/derive.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import { wasCutShort } from '../domain/facts/fold.fixture.js';
import { naiveDerivation, type NaiveFact } from '../domain/naive-derivation.fixture.js';
import { arrivalsOf, live } from './arrival.fixture.js';
import { busyHistories, histories, naiveHistory } from './history.fixture.js';
import type { FoldCounts } from './fold-touched.js';
import type { MemoryJourney } from './memory-stores.fixture.js';

const RUNS = 1_000;
const arrivals = arrivalsOf(histories);
const busyArrivals = arrivalsOf(busyHistories);

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

/** Sequential facts of every timeline as it stands, each folded from its start. */
function foldedFromTheStart({ archive }: MemoryJourney, watermark: number): NaiveFact[] {
  const keys = new Set([...archive.rows.values()].map(({ profileKey }) => profileKey));
  return [...keys].flatMap((key) => {
    const entries = archive
      .timelineOf(key)
      .filter(({ interaction }) => !interaction.withdrawn && isSequential(interaction))
      .map(({ tenant, profileKey, occurredAt, interaction }) => ({
        tenant,
        profileKey,
        occurredAt,
        interaction,
      }));
    return foldSequential(entries, watermark).map(plain);
  });
}

const withoutSegment = (fact: NaiveFact): NaiveFact => {
  const { segment: _, ...dims } = fact.dims;
  return { ...fact, dims };
};

describe('a batch of arrivals', () => {
  it('folds as from the start, whether it appends, stops at a checkpoint or goes on to the end', async () => {
    const total: FoldCounts = { appends: 0, stoppedEarly: 0, foldedToTheEnd: 0 };
    await fc.assert(
      fc.asyncProperty(busyArrivals, async (arrival) => {
        const { journey, watermark, counts } = await live(arrival);
        const stored = journey.facts.current().filter(({ kind }) => isSequentialKind(kind));
        expect(stored.map(plain).map(withoutSegment).sort(byId)).toEqual(
          foldedFromTheStart(journey, watermark).sort(byId),
        );
        for (const name of Object.keys(total) as (keyof FoldCounts)[]) total[name] += counts[name];
      }),
      { numRuns: 500 },
    );
    expect(total.appends).toBeGreaterThan(500);
    expect(total.stoppedEarly).toBeGreaterThan(500);
    expect(total.foldedToTheEnd).toBeGreaterThan(500);
  });

  it('gives the facts of a naive derivation, whatever the order, batching, repeats, versions, withdrawals and moves', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (arrival) => {
        const { journey, watermark } = await live(arrival);
        expect(journey.unitOfWork.deadLetters).toEqual([]);
        fc.pre(!journey.facts.current().some(wasCutShort));
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
