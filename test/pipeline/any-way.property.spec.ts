import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareTables, recompute } from '#verify';
import { CompiledRules, type IdentityRules } from '../../apps/identity/src/domain/rules.js';
import { changesArbitrary } from '../../apps/identity/src/testing/changing-rules.fixture.js';
import { archiveOf, canonicalTables, decisionsOf } from './canonical-dump.js';
import { callArbitrary, type History, histories, SETTLED_AT, sweepAt } from './histories.js';
import { MemoryPipeline, type SaidCall, TENANT } from './memory-pipeline.js';

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

/** Rules that come into force after a request (modulo). */
interface Change {
  readonly rules: CompiledRules;
  readonly at: number;
}

async function cameBy(
  history: History,
  chosen: Way,
  changes: readonly Change[] = [],
): Promise<MemoryPipeline> {
  const pipeline = new MemoryPipeline();
  // Received after everything: no clock is corrected, nothing lies in the future.
  pipeline.clock.set(SETTLED_AT);
  const { requests, callsAfter } = arrivals(history, chosen);
  const sweeps = [...chosen.sweeps];
  const inOrder = changes
    .map((change) => ({ ...change, at: change.at % requests.length }))
    .sort((a, b) => a.at - b.at);
  let version = 1;
  for (const [index, request] of requests.entries()) {
    await pipeline.post(request);
    for (const { rules } of inOrder.filter(({ at }) => at === index)) {
      version += 1;
      await pipeline.activate({ ...rules.rules, version });
    }
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
  await settle(pipeline);
  return pipeline;
}

async function settle(pipeline: MemoryPipeline): Promise<void> {
  await pipeline.untilIdle();
  await pipeline.sweep();
  await pipeline.untilIdle();
}

const isAbout = (said: SaidCall, { a, b }: SaidCall): boolean =>
  (said.a === a && said.b === b) || (said.a === b && said.b === a);

describe('a history', () => {
  it('gives one canonical dump, that of verify, whatever the order, batching and interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(histories(LENGTH_MAX), way, way, async (history, one, other) => {
        const [pipeline, twin] = [await cameBy(history, one), await cameBy(history, other)];
        const tables = canonicalTables(pipeline);
        const reports = compareTables(tables, recompute(archiveOf(pipeline)));
        expect(reports.filter(({ different }) => different > 0)).toEqual([]);
        expect(canonicalTables(twin)).toEqual(tables);
        expect(decisionsOf(twin)).toEqual(decisionsOf(pipeline));
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('under rules that change on the way gives the dump of the last ones, that of verify', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories(LENGTH_MAX / 3),
        way,
        way,
        changesArbitrary,
        async (history, one, other, changes) => {
          const pipeline = await cameBy(history, one, changes);
          const tables = canonicalTables(pipeline);
          const reports = compareTables(tables, recompute(archiveOf(pipeline)));
          expect(reports.filter(({ different }) => different > 0)).toEqual([]);
          const last = { ...pipeline.people.rulesRows.get(TENANT), version: 1 } as IdentityRules;
          const twin = await cameBy(history, other, [{ rules: new CompiledRules(last), at: 0 }]);
          expect(canonicalTables(twin)).toEqual(tables);
          expect(decisionsOf(twin)).toEqual(decisionsOf(pipeline));
        },
      ),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  }, 600_000);

  it('with a merge that is withdrawn is the history alone; one that is unmerged, the unmerge alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories(60),
        way,
        way,
        callArbitrary,
        async (history, one, other, call) => {
          const merge = { ...call, kind: 'merge' as const };
          const undone = { ...merge, at: merge.at + 1 };
          const unmerge = { ...undone, kind: 'unmerge' as const };
          // Calls of the history about the same pair would count beside it.
          const alone = {
            ...history,
            calls: history.calls.filter((said) => !isAbout(said, merge)),
          };
          const after = (...calls: SaidCall[]) => ({ ...alone, calls: [...alone.calls, ...calls] });
          const pipeline = await cameBy(after(merge), one);
          await pipeline.call({ ...undone, kind: 'withdraw' });
          await settle(pipeline);
          expect(canonicalTables(pipeline)).toEqual(canonicalTables(await cameBy(alone, other)));
          const both = await cameBy(after(merge, unmerge), one);
          expect(canonicalTables(both)).toEqual(
            canonicalTables(await cameBy(after(unmerge), other)),
          );
        },
      ),
      { numRuns: Math.ceil(RUNS / 5) },
    );
  }, 600_000);
});
