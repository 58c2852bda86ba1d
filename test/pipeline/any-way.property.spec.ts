import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalDump } from './canonical-dump.js';
import { type History, histories, SETTLED_AT, sweepAt } from './histories.js';
import { MemoryPipeline } from './memory-pipeline.js';

const RUNS = Number(process.env['PIPELINE_RUNS'] ?? 500);
const LENGTH_MAX = Number(process.env['PIPELINE_LENGTH'] ?? 300);

/** One way for a history to come: its order, its requests, and how far each reader reads in between. */
interface Way {
  /** Sorts the interactions; repeated as they come. */
  readonly order: readonly number[];
  readonly requestSizes: readonly number[];
  /** After each request: which waiting queue is read (modulo), and how many records of it. */
  readonly reads: readonly (readonly [queue: number, count: number])[];
  readonly sweeps: readonly number[];
}

const way: fc.Arbitrary<Way> = fc.record({
  order: fc.array(fc.nat(), { minLength: 8, maxLength: 40 }),
  requestSizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
  reads: fc.array(fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 12,
  }),
  sweeps: fc.array(sweepAt, { maxLength: 3 }).map((instants) => instants.sort((a, b) => a - b)),
});

const cycled = <Item>(items: readonly Item[], index: number): Item =>
  items[index % items.length] as Item;

/** What comes, in the order of the way: requests and calls. */
function arrivals({ interactions, calls }: History, { order, requestSizes }: Way) {
  const shuffled = interactions
    .map((interaction, index) => ({
      interaction,
      at: (cycled(order, index) * 31 + index * 17) % 1009,
    }))
    .sort((a, b) => a.at - b.at)
    .map(({ interaction }) => interaction);
  const requests: object[][] = [];
  for (let from = 0; from < shuffled.length;) {
    const size = cycled(requestSizes, requests.length);
    requests.push(shuffled.slice(from, from + size));
    from += size;
  }
  const callsAfter = (index: number) =>
    calls.filter((_, n) => (cycled(order, n) + n) % requests.length === index);
  return { requests, callsAfter };
}

async function cameBy(history: History, chosen: Way): Promise<readonly string[]> {
  const pipeline = new MemoryPipeline();
  // Received after everything: no clock is corrected, nothing lies in the future.
  pipeline.clock.set(SETTLED_AT);
  const { requests, callsAfter } = arrivals(history, chosen);
  const sweeps = [...chosen.sweeps];
  for (const [index, request] of requests.entries()) {
    await pipeline.post(request);
    for (const call of callsAfter(index)) await pipeline.call(call);
    const waiting = pipeline.waiting();
    const [queue, count] = cycled(chosen.reads, index);
    if (waiting.length > 0) await pipeline.read(cycled(waiting, queue), count);
    const sweep = sweeps.shift();
    if (sweep === undefined) continue;
    pipeline.clock.set(sweep);
    await pipeline.sweep();
    pipeline.clock.set(SETTLED_AT);
  }
  await pipeline.untilIdle();
  await pipeline.sweep();
  await pipeline.untilIdle();
  return canonicalDump(pipeline);
}

describe('a history', () => {
  it('gives one canonical dump, whatever the order, batching and interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(histories(LENGTH_MAX), way, way, async (history, one, other) => {
        expect(await cameBy(history, one)).toEqual(await cameBy(history, other));
      }),
      { numRuns: RUNS, endOnFailure: process.env['PIPELINE_QUICK'] === '1' },
    );
  }, 600_000);
});
