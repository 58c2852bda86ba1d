import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { calendarOf } from '../../domain/bucket.js';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import type { Rules } from '../../domain/kpi.js';
import { dimensionOf, observationKey } from '../../domain/observation.js';
import type { Observation } from '../../domain/observation.js';
import { readObservation } from '../../domain/read-observation.js';
import { contributionTo, isEmptyTally } from '../../domain/tally.js';
import { binOf } from '../../domain/histogram.js';
import { AggregateBatch } from './aggregate-batch.js';
import { FixedRules, MemoryTables, MemoryUnitOfWork } from '../memory-tables.fixture.js';
import { anyBatches, anyRules } from '../random-history.fixture.js';
import { BuildDefinitions } from './build-definitions.js';
import { NEXT_CATALOGUE } from './next-catalogue.fixture.js';
import { RebuildBuckets } from './rebuild-buckets.js';

/** Hundreds of runs on a machine that others use too. */
jest.setTimeout(120_000);

async function aggregated(batches: readonly RecordBatch[], rules: Rules): Promise<MemoryTables> {
  const tables = new MemoryTables();
  const stage = new AggregateBatch(
    new MemoryUnitOfWork(),
    tables,
    new FixedRules(rules),
    new FixedClock(0),
  );
  for (const batch of batches) await stage.execute(batch);
  return tables;
}

/** What the buckets must be, from the newest versions alone and without any retraction. */
function naive(
  batches: readonly RecordBatch[],
  rules: Rules,
  catalogue = CATALOGUE,
): Record<string, unknown> {
  const newest = new Map<string, Observation>();
  for (const record of batches.flatMap(({ records }) => records)) {
    const read = readObservation(record);
    if (!read.ok) throw new Error(read.problem.detail);
    const known = newest.get(observationKey(read.value));
    if ((known?.revision ?? -1) < read.value.revision)
      newest.set(observationKey(read.value), read.value);
  }
  const buckets: Record<
    string,
    {
      items: number;
      provisional: number;
      n: number;
      numerator: number;
      squares: bigint;
      bins: Record<string, number>;
    }
  > = {};
  for (const each of newest.values()) {
    for (const kpi of catalogue) {
      const added = contributionTo(kpi, each, rules);
      if (added === undefined) continue;
      const dims = kpi.dimensions.map((dimension) => dimensionOf(each, dimension));
      const key = [kpi.name, calendarOf(rules.zone).startOf(each.atMs), ...dims].join('|');
      const bucket = (buckets[key] ??= {
        items: 0,
        provisional: 0,
        n: 0,
        numerator: 0,
        squares: 0n,
        bins: {},
      });
      bucket.items += 1;
      bucket.provisional += each.isProvisional ? 1 : 0;
      bucket.n += added.tally.n;
      bucket.numerator += Number(added.tally.numerator);
      bucket.squares += added.tally.squares;
      if (added.sample !== undefined)
        bucket.bins[binOf(added.sample)] = (bucket.bins[binOf(added.sample)] ?? 0) + 1;
    }
  }
  return buckets;
}

function dumped(tables: MemoryTables): Record<string, unknown> {
  const held = [...tables.buckets.values()].filter(
    ({ tally, bins }) => !isEmptyTally(tally) || bins.size > 0,
  );
  return Object.fromEntries(
    held.map(({ kpi, startMs, dims, tally, bins }) => [
      [kpi, startMs, ...dims.filter((value) => value !== '')].join('|'),
      { ...tally, numerator: Number(tally.numerator), bins: Object.fromEntries(bins) },
    ]),
  );
}

describe('buckets through the incremental path', () => {
  it('equal a recomputation from the newest versions, whatever the order, batching, repeats and tombstones', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, async (batches, rules) => {
        expect(dumped(await aggregated(batches, rules))).toEqual(naive(batches, rules));
      }),
      { numRuns: 500 },
    );
  });

  it('are the same after a rebuild as if the new rules had always been in force', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, anyRules, async (batches, before, after) => {
        const tables = await aggregated(batches, before);
        const rebuild = new RebuildBuckets(
          new MemoryUnitOfWork(),
          tables,
          new FixedRules(after),
          new FixedClock(0),
        );
        await rebuild.execute();
        expect(dumped(tables)).toEqual(naive(batches, after));
        expect(await rebuild.execute()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('of definitions built beside live traffic equal a count from nothing, wherever the build stands when a batch comes', async () => {
    const anyPace = fc.record({
      stepSize: fc.integer({ min: 1, max: 9 }),
      stepsMax: fc.integer({ min: 0, max: 3 }),
    });
    const anyPaces = fc.array(anyPace, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, anyPaces, async (batches, rules, paces) => {
        const tables = new MemoryTables();
        const tenants = new FixedRules(rules);
        const unitOfWork = new MemoryUnitOfWork();
        const stage = new AggregateBatch(unitOfWork, tables, tenants, new FixedClock(0));
        const build = new BuildDefinitions(unitOfWork, tables, tenants, new FixedClock(0));
        for (const [index, batch] of batches.entries()) {
          await stage.execute(batch);
          tenants.definitions = NEXT_CATALOGUE;
          await build.execute(paces[index % paces.length]);
        }
        while ((await build.execute()).length > 0);
        expect(dumped(tables)).toEqual(naive(batches, rules, NEXT_CATALOGUE));
      }),
      { numRuns: 300 },
    );
  });

  it('a record that cannot be read is set aside, its neighbours count', async () => {
    const unitOfWork = new MemoryUnitOfWork();
    const tables = new MemoryTables();
    const rules = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };
    const stage = new AggregateBatch(unitOfWork, tables, new FixedRules(rules), new FixedClock(0));
    const [batch] = fc.sample(anyBatches, { numRuns: 1, seed: 7 })[0] ?? [];
    const good = batch?.records[0];
    if (good === undefined) throw new Error('no record');
    const bad = [
      { ...good, topic: 'touchline.journey.order.v1', value: Buffer.from('{') },
      { ...good, topic: 'touchline.journey.order.v1', value: Buffer.from('null') },
      {
        ...good,
        topic: 'touchline.journey.order.v1',
        value: Buffer.from('{"kind":"order","tenant":"t","id":"x","revision":1.5}'),
      },
      { ...good, topic: 'touchline.interaction.identified.v1', headers: {} },
      { ...good, topic: 'touchline.other.v1' },
    ];
    await stage.execute({ group: 'metrics', incarnation: 'test', records: [...bad, good] });
    expect(unitOfWork.deadLetters).toBe(bad.length);
    expect(tables.stored.size).toBe(1);
  });
});
