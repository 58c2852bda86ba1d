import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { HEADER, recordKey, TOPIC } from '#contracts';
import type { OutgoingRecord, RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { ReadKpiTable } from '../../application/answering/read-kpi-table.js';
import type { WindowName } from '../../domain/window.js';
import { AggregateBatch } from '../../application/counting/aggregate-batch.js';
import { anyQuestion, assertDrillDown } from '../../application/answering/drill-down.fixture.js';
import { ListFactsBehind } from '../../application/answering/list-facts-behind.js';
import { MemoryReadings } from '../../application/memory-readings.fixture.js';
import { FixedRules } from '../../application/memory-tables.fixture.js';
import { anyBatches, anyRules, TENANT, TO_MS } from '../../application/random-history.fixture.js';
import { ReadKpi } from '../../application/answering/read-kpi.js';
import { RebuildBuckets } from '../../application/counting/rebuild-buckets.js';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import { PostgresAggregateTables } from './counting/observations-and-buckets.repository.js';
import { canonicalDump } from './counting/canonical-dump.js';
import { PostgresKpiReadings } from './answering/kpi-view.repository.js';
import { aggregateInMemory, dumpOf, sortedLines } from './memory-dump.fixture.js';
import { emptyTables, openMetricsStorage } from './metrics-database.fixture.js';

const UTC_RULES = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };

const pageView: OutgoingRecord = {
  topic: TOPIC.interactionIdentified.name,
  key: recordKey(TENANT, '1'),
  headers: {
    [HEADER.tenant]: TENANT,
    [HEADER.interactionSource]: 'shop',
    [HEADER.interactionId]: 'order-4711',
    [HEADER.contentRevision]: '1',
    [HEADER.occurredAt]: '2026-03-01T10:00:00.000Z',
    [HEADER.dims]: JSON.stringify({ channel: 'web', type: 'page.viewed' }),
  },
  value: Buffer.from('never read'),
};
const erasureOfIt: OutgoingRecord = {
  ...pageView,
  headers: { ...pageView.headers, [HEADER.contentRevision]: '2', [HEADER.cause]: 'erasure' },
  value: null,
};
let offset = 0;

function batchOf(record: OutgoingRecord): RecordBatch {
  const placed = { ...record, partition: 0, offset: offset++, appendedAt: 0 };
  return { group: 'erasing', incarnation: 'test', records: [placed] };
}

/** Hundreds of runs on a machine that others use too. */
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

describe('the tables on Postgres', () => {
  it('hold the same buckets as the tables in memory, also after a rebuild under other rules', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, anyRules, async (batches, before, after) => {
        await emptyTables(storage);
        const tenants = new FixedRules(before);
        const tables = new PostgresAggregateTables();
        const stage = new AggregateBatch(storage.unitOfWork, tables, tenants, new FixedClock(0));
        for (const batch of batches) await stage.execute(batch);
        expect(sortedLines(await canonicalDump(storage.unitOfWork, TENANT))).toEqual(
          sortedLines(dumpOf(await aggregateInMemory(batches, tenants))),
        );
        tenants.rules = after;
        await new RebuildBuckets(storage.unitOfWork, tables, tenants, new FixedClock(0)).execute();
        expect(sortedLines(await canonicalDump(storage.unitOfWork, TENANT))).toEqual(
          sortedLines(dumpOf(await aggregateInMemory(batches, tenants))),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('keep of an erased interaction neither its name nor what it was, also when it comes again', async () => {
    await emptyTables(storage);
    const stage = new AggregateBatch(
      storage.unitOfWork,
      new PostgresAggregateTables(),
      new FixedRules(UTC_RULES),
      new FixedClock(0),
    );
    await stage.execute(batchOf(pageView));
    await stage.execute(batchOf(erasureOfIt));
    await stage.execute(batchOf(pageView));
    const rows = await storage.unitOfWork.read('SELECT source, id, is_gone, dims FROM interaction');
    expect(rows).toEqual([{ source: '', id: '', is_gone: true, dims: {} }]);
    expect(await canonicalDump(storage.unitOfWork, TENANT)).toEqual([]);
  });

  it('answer as the readings in memory do, and open every number to the facts behind it', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, anyQuestion, async (batches, rules, question) => {
        await emptyTables(storage);
        const tenants = new FixedRules(rules);
        const clock = new FixedClock(TO_MS);
        const stage = new AggregateBatch(
          storage.unitOfWork,
          new PostgresAggregateTables(),
          tenants,
          clock,
        );
        for (const batch of batches) await stage.execute(batch);
        const readings = new PostgresKpiReadings(storage.unitOfWork, tenants);
        const readers = {
          readKpi: new ReadKpi(readings, clock, { graceMs: 0 }),
          listFacts: new ListFactsBehind(readings, clock),
        };
        const memory = new ReadKpi(
          new MemoryReadings(await aggregateInMemory(batches, tenants), tenants),
          clock,
          { graceMs: 0 },
        );
        for (const kpi of CATALOGUE) {
          await assertDrillDown(readers, kpi, question);
          const by = [...new Set([...question.by, kpi.dimensions.indexOf('currency')])].flatMap(
            (index) => kpi.dimensions[index] ?? [],
          );
          const request = {
            tenant: TENANT,
            kpi,
            span: question.span,
            by,
            filters: [],
            bucket: question.bucket,
            isCompared: true,
          };
          const comparable = kpi.unit === 'money' ? { ...request, isCompared: false } : request;
          expect(await readers.readKpi.execute(comparable)).toEqual(
            await memory.execute(comparable),
          );
        }
      }),
      { numRuns: 25 },
    );
  });

  it('answer every window of the rolling table as if it were asked for alone', async () => {
    const anyMinute = fc.integer({ min: 0, max: 48 * 60 });
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRules, anyMinute, async (batches, rules, minutes) => {
        await emptyTables(storage);
        const tenants = new FixedRules(rules);
        const clock = new FixedClock(TO_MS - minutes * 60_000 + 1);
        const stage = new AggregateBatch(
          storage.unitOfWork,
          new PostgresAggregateTables(),
          tenants,
          clock,
        );
        for (const batch of batches) await stage.execute(batch);
        const readings = new PostgresKpiReadings(storage.unitOfWork, tenants);
        const windows: readonly WindowName[] = ['7d', '1h', '24h'];
        const { rows } = await new ReadKpiTable(readings, clock).execute(TENANT, windows);
        const readKpi = new ReadKpi(readings, clock, { graceMs: 0 });
        for (const kpi of CATALOGUE) {
          for (const window of windows) {
            const by = kpi.unit === 'money' ? (['currency'] as const) : [];
            const span = { window };
            const asked = { tenant: TENANT, kpi, span, by, filters: [], isCompared: false };
            const alone = await readKpi.execute(asked);
            const figures = by.length === 0 ? [{ dims: {}, ...alone }] : alone.groups;
            for (const {
              dims,
              value,
              n,
              numerator,
              interval,
              provisional,
              percentiles,
            } of figures) {
              const { currency } = dims as { currency?: string };
              const row = rows.find((each) => each.kpi === kpi.name && each.currency === currency);
              const figure = { value, n, numerator, interval, provisional };
              const ranks = percentiles === undefined ? {} : { percentiles };
              expect(row?.windows[window]).toEqual({ ...figure, ...ranks });
            }
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});
