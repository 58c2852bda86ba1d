import fc from 'fast-check';
import type { LogRecord } from '#event-log';
import { FixedClock } from '#kernel';
import { FOLDING } from '../domain/derive.js';
import type { FoldCounts } from './fold-touched.js';
import { arrivalOf, batchOf, START, type History } from './history.fixture.js';
import { memoryJourney, type MemoryJourney } from './memory-stores.fixture.js';
import { StitchBatch } from './stitch-batch.js';
import { SweepDeadlines } from './sweep-deadlines.js';

const HOUR = 3_600_000;

export interface Arrival {
  readonly history: History;
  readonly batches: readonly LogRecord[][];
  /** Hours after the start at which sweeps happen, one after each batch while they last. */
  readonly sweeps: readonly number[];
  /** Small, so that folds meet checkpoints. */
  readonly checkpointEvery: number;
}

export const arrivalsOf = (of: fc.Arbitrary<History>): fc.Arbitrary<Arrival> =>
  of.chain((history) =>
    fc.record({
      history: fc.constant(history),
      batches: arrivalOf(history),
      sweeps: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 4 }),
      checkpointEvery: fc.integer({ min: 1, max: 4 }),
    }),
  );

/** Everything stitched and swept as it arrives; ends with a sweep at the watermark. */
export async function live(
  { batches, sweeps, checkpointEvery }: Arrival,
  before: (batch: number, journey: MemoryJourney) => Promise<void> = async () => undefined,
): Promise<{ journey: MemoryJourney; watermark: number; counts: FoldCounts }> {
  const journey = memoryJourney();
  const clock = new FixedClock(START);
  const stitching = new StitchBatch(journey.unitOfWork, journey.stores, clock, {
    ...FOLDING,
    checkpointEvery,
  });
  const sweeping = new SweepDeadlines(journey.unitOfWork, journey.stores, clock, {
    ...FOLDING,
    checkpointEvery,
  });
  for (const [index, records] of batches.entries()) {
    await before(index, journey);
    await stitching.execute(batchOf(records));
    const hours = sweeps[index];
    if (hours !== undefined) await sweeping.execute(START + hours * HOUR);
  }
  await before(batches.length, journey);
  const watermark = START + Math.max(0, ...sweeps) * HOUR;
  await sweeping.execute(watermark);
  return { journey, watermark, counts: stitching.foldCounts };
}
