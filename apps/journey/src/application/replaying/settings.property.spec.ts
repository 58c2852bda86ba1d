import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, type TenantSettings } from '#contracts';
import { FixedClock } from '#kernel';
import type { DerivedFact } from '../../domain/derived-fact.js';
import { thresholdsName, type Thresholds } from '../../domain/thresholds.js';
import { FOLDING, foldSequential, isSequential, isSequentialKind } from '../../domain/derive.js';
import { arrivalsOf, type Arrival } from '../arrival.fixture.js';
import { batchOf, busyHistories, histories, START, TENANT } from '../history.fixture.js';
import { memoryJourney, type MemoryJourney } from '../memory-stores.fixture.js';
import { settingsRecord } from './settings.fixture.js';
import { StitchBatch } from '../stitch-batch.js';
import { SweepDeadlines } from '../sweep-deadlines.js';
import { derivedState } from './damage.fixture.js';
import { MemoryReplays } from './memory-replays.fixture.js';
import { ReplayProfiles } from './replay-profiles.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Settings = Pick<TenantSettings, 'issueWindowDays' | 'sessionInactivityMs'>;

const settings: fc.Arbitrary<Settings> = fc.record({
  issueWindowDays: fc.constantFrom(1, 2, 7),
  sessionInactivityMs: fc.constantFrom(600_000, 1_800_000, 5 * HOUR),
});

interface Changed {
  readonly arrival: Arrival;
  /** Before which batch; the last one holds at the end. */
  readonly changes: readonly { readonly before: number; readonly to: Settings }[];
}

const changed: fc.Arbitrary<Changed> = arrivalsOf(fc.oneof(histories, busyHistories)).chain(
  (arrival) =>
    fc.record({
      arrival: fc.constant(arrival),
      changes: fc
        .array(fc.record({ before: fc.nat(arrival.batches.length - 1), to: settings }), {
          minLength: 1,
          maxLength: 3,
        })
        .map((all) => all.sort((a, b) => a.before - b.before)),
    }),
);

async function live({ arrival, changes }: Changed): Promise<MemoryJourney> {
  const journey = memoryJourney();
  const { unitOfWork, stores } = journey;
  const { batches, sweeps, checkpointEvery } = arrival;
  const clock = new FixedClock(START);
  const folding = { ...FOLDING, checkpointEvery };
  const stitching = new StitchBatch(unitOfWork, stores, clock, folding);
  const sweeping = new SweepDeadlines(unitOfWork, stores, clock, folding);
  for (const [index, records] of batches.entries()) {
    const news = changes.flatMap(({ before, to }, change) =>
      before === index ? [settingsRecord(change + 1, to)] : [],
    );
    await stitching.execute(batchOf([...records, ...news]));
    const hours = sweeps[index];
    if (hours !== undefined) await sweeping.execute(START + hours * HOUR);
  }
  await sweeping.execute(watermarkOf(arrival));
  return journey;
}

const watermarkOf = ({ sweeps }: Arrival): number => START + Math.max(0, ...sweeps) * HOUR;

async function replayed(journey: MemoryJourney, { checkpointEvery }: Arrival) {
  const replaying = new ReplayProfiles(journey.unitOfWork, {
    stores: journey.stores,
    replays: new MemoryReplays(journey),
    clock: new FixedClock(START),
    folding: { ...FOLDING, checkpointEvery },
  });
  const task = { id: 'one', ref: 'settings/9', tenant: TENANT, position: '', isDryRun: false };
  return journey.unitOfWork.publish(async (transaction) => {
    const step = await replaying.step(transaction, task);
    return { result: step, outgoing: step.outgoing };
  });
}

const thresholdsAfter = ({ changes }: Changed): Thresholds => {
  const { issueWindowDays = 7, sessionInactivityMs = HOUR / 2 } = changes.at(-1)?.to ?? {};
  return { issueWindowMs: issueWindowDays * DAY, sessionInactivityMs };
};

/** From the start of every timeline, under the last settings. */
function expected({ archive }: MemoryJourney, history: Changed): DerivedFact[] {
  const keys = new Set([...archive.rows.values()].map(({ profileKey }) => profileKey));
  return [...keys].flatMap((key) => {
    const entries = archive
      .timelineOf(key)
      .filter(({ interaction: each }) => !each.withdrawn && isSequential(each));
    return foldSequential(entries, watermarkOf(history.arrival), thresholdsAfter(history));
  });
}

const found = ({ facts }: MemoryJourney): DerivedFact[] =>
  facts.current().filter(({ kind }) => isSequentialKind(kind));

/** Without segments, of which a fold knows nothing; in one order. */
const told = (facts: readonly DerivedFact[]): string[] =>
  facts
    .map(({ id, profileKey, to, measures, status, finalAt }) =>
      JSON.stringify({ id, profileKey, to, measures, status, finalAt }),
    )
    .sort();

/** Whose timelines were touched under the last settings. */
function touchedSince(journey: MemoryJourney, history: Changed): ReadonlySet<string> {
  const under = thresholdsName(thresholdsAfter(history));
  return new Set(
    [...journey.profiles.rows.values()]
      .filter(({ standing }) => standing !== undefined && (standing.under ?? '') === under)
      .map(({ profileKey }) => profileKey),
  );
}

describe('settings of a tenant', () => {
  it('hold for what is derived from then on, and after a replay for all, whenever they changed', async () => {
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(changed, async (history) => {
        const journey = await live(history);
        const touched = touchedSince(journey, history);
        const isTouched = ({ profileKey }: DerivedFact) => touched.has(profileKey);
        const right = expected(journey, history);
        expect(told(found(journey).filter(isTouched))).toEqual(told(right.filter(isTouched)));
        const begun = journey.unitOfWork.published.length;
        const { isFinished } = await replayed(journey, history.arrival);
        expect(isFinished).toBe(true);
        expect(told(found(journey))).toEqual(told(right));
        const news = journey.unitOfWork.published.slice(begun);
        for (const { headers } of news)
          expect(headers).toMatchObject({
            [HEADER.cause]: 'rules',
            [HEADER.causeRef]: 'settings/9',
          });
        finished += news.length;
        const changes = history.changes.slice(-1).map((each) => ({ ...each, before: 0 }));
        expect(derivedState(journey)).toEqual(derivedState(await live({ ...history, changes })));
      }),
      { numRuns: 150 },
    );
    expect(finished).toBeGreaterThan(50);
  });

  it('ask for a replay when one changes that facts are derived by, once', async () => {
    const journey = memoryJourney();
    const { unitOfWork, stores, thresholds } = journey;
    const stitching = new StitchBatch(unitOfWork, stores, new FixedClock(START));
    await stitching.execute(batchOf([settingsRecord(1, { zone: 'Europe/Berlin' })]));
    expect(thresholds.replays).toEqual([]);
    const longer = settingsRecord(2, { issueWindowDays: 14 });
    await stitching.execute(batchOf([longer]));
    await stitching.execute(batchOf([longer, settingsRecord(3, { issueWindowDays: 14 })]));
    await stitching.execute(batchOf([settingsRecord(1, { zone: 'Europe/Berlin' })]));
    expect(thresholds.replays).toEqual(['settings/2']);
    await stitching.execute(batchOf([settingsRecord(4, {})]));
    expect(thresholds.replays).toEqual(['settings/2', 'settings/4']);
  });
});
