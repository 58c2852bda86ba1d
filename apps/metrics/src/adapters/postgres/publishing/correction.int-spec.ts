import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { AggregateBatch } from '../../../application/counting/aggregate-batch.js';
import { FixedRules } from '../../../application/memory-tables.fixture.js';
import type { KpiView } from '../../../application/ports.js';
import type { Correction } from '../../../application/publication-ports.js';
import { PublishBuckets } from '../../../application/publishing/publish-buckets.js';
import { anyBatches, FROM_MS, TENANT, TO_MS } from '../../../application/random-history.fixture.js';
import { CATALOGUE } from '../../../domain/catalogue/index.js';
import { bucketText } from '../../../domain/contribution.js';
import type { BucketChange } from '../../../domain/contribution.js';
import { CAUSES_MAX, OTHER_CAUSES } from '../../../domain/cause.js';
import { measuredDifference } from '../../../domain/correction.js';
import type { Measurement } from '../../../domain/figure.js';
import { mergeBins } from '../../../domain/histogram.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import { HOUR_MS } from '../../../domain/local-time.js';
import { addTallies, EMPTY_TALLY } from '../../../domain/tally.js';
import { PostgresKpiReadings } from '../answering/kpi-view.repository.js';
import { PostgresAggregateTables } from '../counting/observations-and-buckets.repository.js';
import { emptyTables, insertTenant, openMetricsStorage } from '../metrics-database.fixture.js';
import { PostgresCorrectionLedger } from './correction.repository.js';
import { PostgresPublicationTables } from './publication.repository.js';

jest.setTimeout(300_000);

let database: TestDatabase;
let storage: Storage;

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openMetricsStorage(database.url);
});

afterAll(async () => {
  await storage.close();
  await database.close();
});

const RULES = { zone: 'Asia/Kathmandu', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };
const AT_ONCE = { graceMs: 0, quietMs: 0, quietMaxMs: 0, againQuietMs: 0, againEveryMs: 0 };
/** Everything that a history can touch. */
const SPAN = { fromMs: FROM_MS - 2 * HOUR_MS, toMs: TO_MS + 2 * HOUR_MS };
const LATER_MS = TO_MS + 10 * HOUR_MS;

const publish = (nowMs: number): Promise<number> =>
  new PublishBuckets(
    storage.unitOfWork,
    new PostgresPublicationTables(),
    new FixedClock(nowMs),
  ).execute(AT_ONCE);

async function aggregate(batches: readonly RecordBatch[], nowMs: number): Promise<void> {
  const stage = new AggregateBatch(
    storage.unitOfWork,
    new PostgresAggregateTables(),
    new FixedRules(RULES),
    new FixedClock(nowMs),
  );
  for (const batch of batches) await stage.execute(batch);
}

function summed(parts: readonly Measurement[]): Measurement {
  let tally = EMPTY_TALLY;
  const bins = new Map<number, number>();
  for (const part of parts) {
    tally = addTallies(tally, part.tally);
    mergeBins(bins, part.bins);
  }
  return { tally, bins: new Map([...bins].sort(([a], [b]) => a - b)) };
}

const sorted = (measurement: Measurement): Measurement => summed([measurement]);

/** One bucket and tuple as published by an instant. */
async function asOf(
  view: KpiView,
  kpi: KpiDefinition,
  { startMs, dims, atMs }: Pick<Correction, 'startMs' | 'dims' | 'atMs'>,
): Promise<Measurement> {
  const parts = await view.measure({
    tenant: TENANT,
    kpi,
    rules: RULES,
    whole: [{ fromMs: startMs, toMs: startMs + 1 }],
    edges: [],
    filters: kpi.dimensions.map((dimension, index) => ({ dimension, values: [dims[index] ?? ''] })),
    by: [],
    periodStarts: [startMs],
    asOfMs: atMs,
  });
  return summed(parts);
}

function correctionsOf(kpi: KpiDefinition): Promise<readonly Correction[]> {
  const query = { tenant: TENANT, kpi, span: SPAN, filters: [], limit: 100_000 };
  return new PostgresCorrectionLedger(storage.unitOfWork).corrections(query);
}

/** One observation more in one bucket of a KPI. */
const orderIn = (kpi: string, channel = 'web'): BucketChange => ({
  tenant: TENANT,
  kpi,
  version: 1,
  startMs: FROM_MS,
  endMs: FROM_MS + HOUR_MS,
  dims: [channel, '', '', ''],
  tally: { ...EMPTY_TALLY, items: 1, n: 1 },
  bins: new Map(),
  causes: [{ cause: 'late', ref: 'shop/1', count: 1 }],
});

describe('the correction ledger', () => {
  it('accounts for every difference between two answers as of two instants', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async (batches) => {
        await emptyTables(storage);
        for (const [index, batch] of batches.entries()) {
          await aggregate([batch], LATER_MS + 2 * index);
          if (index % 2 === 0) await publish(LATER_MS + 2 * index);
        }
        await publish(LATER_MS + 2 * batches.length);
        await new PostgresKpiReadings(storage.unitOfWork, new FixedRules(RULES)).snapshot(
          async (view) => {
            for (const kpi of CATALOGUE) await assertAccounts(view, kpi);
          },
        );
      }),
      { numRuns: 15 },
    );
  });

  async function assertAccounts(view: KpiView, kpi: KpiDefinition): Promise<void> {
    const corrections = await correctionsOf(kpi);
    for (const each of corrections) {
      const before = await asOf(view, kpi, { ...each, atMs: each.atMs - 1 });
      const after = await asOf(view, kpi, each);
      expect(sorted(measuredDifference(after, before))).toEqual(
        sorted(measuredDifference(each.new, each.old)),
      );
      expect(each.causes.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(0);
    }
    for (const own of Map.groupBy(corrections, bucketText).values()) {
      const oldestFirst = own.toReversed();
      const [first] = oldestFirst;
      const last = oldestFirst.at(-1);
      if (first === undefined || last === undefined) continue;
      expect(oldestFirst.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 2));
      const added = own.map((each) => measuredDifference(each.new, each.old));
      expect(summed([first.old, ...added])).toEqual(sorted(last.new));
      expect(await asOf(view, kpi, { ...last, atMs: Number.MAX_SAFE_INTEGER })).toEqual(
        sorted(last.new),
      );
    }
  }

  it('pages without gap or repeat', async () => {
    await emptyTables(storage);
    await insertTenant(storage, TENANT);
    for (let pass = 0; pass < 4; pass++) {
      const changes = CATALOGUE.map(({ name }) => orderIn(name, ['web', 'phone'][pass % 2]));
      await storage.unitOfWork.run((transaction) =>
        new PostgresAggregateTables().addToBuckets(transaction, changes, LATER_MS + pass),
      );
      await publish(LATER_MS + pass);
    }
    const ledger = new PostgresCorrectionLedger(storage.unitOfWork);
    let paged = 0;
    for (const kpi of CATALOGUE) {
      const query = { tenant: TENANT, kpi, span: SPAN, filters: [], limit: 1 };
      const found: Correction[] = [];
      for (let after: Correction | undefined; ; after = found.at(-1)) {
        const page = await ledger.corrections({ ...query, ...(after && { after }) });
        found.push(...page);
        if (page.length < 1) break;
      }
      expect(found).toEqual(await correctionsOf(kpi));
      paged += found.length;
    }
    expect(paged).toBe(2 * CATALOGUE.length);
  });

  it('names the most frequent causes and counts the rest', async () => {
    await emptyTables(storage);
    await insertTenant(storage, TENANT);
    const kpi = 'orders';
    const add = (causes: Correction['causes'], nowMs: number): Promise<void> =>
      storage.unitOfWork.run((transaction) =>
        new PostgresAggregateTables().addToBuckets(
          transaction,
          [{ ...orderIn(kpi, 'web'), causes }],
          nowMs,
        ),
      );
    await add([{ cause: 'new', ref: 'a', count: 1 }], LATER_MS);
    await publish(LATER_MS);
    const refs = Array.from({ length: CAUSES_MAX + 3 }, (_, index) => `r${index}`);
    await add(
      refs.map((ref) => ({ cause: 'late', ref, count: ref === 'r7' ? 5 : 1 })),
      LATER_MS + 1,
    );
    await add([{ cause: 'merge', ref: 'm', count: 9 }], LATER_MS + 2);
    await publish(LATER_MS + 2);
    const definition = CATALOGUE.find(({ name }) => name === kpi);
    if (definition === undefined) throw new Error('no such KPI');
    const [correction] = await correctionsOf(definition);
    expect(correction?.causes.slice(0, 2)).toEqual([
      { cause: 'merge', ref: 'm', count: 9 },
      { cause: 'late', ref: 'r7', count: 5 },
    ]);
    expect(correction?.causes).toHaveLength(CAUSES_MAX + 1);
    expect(correction?.causes.at(-1)).toEqual({ cause: OTHER_CAUSES, ref: null, count: 4 });
    expect(await storage.unitOfWork.read('SELECT 1 FROM bucket_cause')).toEqual([]);
  });
});
