/** How far readers have come when something happens, and how a pipeline is driven by it. */
import fc from 'fast-check';
import { SETTLED_AT } from './histories.js';
import { MemoryPipeline } from './memory-pipeline.js';

export interface Reading {
  readonly size: number;
  readonly reads: readonly (readonly [queue: number, count: number])[];
}

export const reading: fc.Arbitrary<Reading> = fc.record({
  size: fc.integer({ min: 1, max: 30 }),
  reads: fc.array(fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 30 })), {
    minLength: 1,
    maxLength: 6,
  }),
});

export async function post(
  pipeline: MemoryPipeline,
  interactions: readonly object[],
  { size, reads }: Reading,
): Promise<void> {
  for (let from = 0; from < interactions.length; from += size) {
    await pipeline.post(interactions.slice(from, from + size));
    const [queue, count] = reads[(from / size) % reads.length] as [number, number];
    const waiting = pipeline.waiting();
    const next = waiting[queue % waiting.length];
    if (next !== undefined) await pipeline.read(next, count);
  }
}

export async function settle(pipeline: MemoryPipeline): Promise<void> {
  await pipeline.untilIdle();
  await pipeline.sweep();
  await pipeline.untilIdle();
}

/** Received after everything: no clock is corrected, nothing lies in the future. */
export function opened(): MemoryPipeline {
  const pipeline = new MemoryPipeline();
  pipeline.clock.set(SETTLED_AT);
  return pipeline;
}
