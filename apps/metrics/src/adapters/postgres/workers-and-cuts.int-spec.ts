import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { AggregateBatch } from '../../application/counting/aggregate-batch.js';
import { FixedRules } from '../../application/memory-tables.fixture.js';
import { PublishBuckets } from '../../application/publishing/publish-buckets.js';
import { anyBatches, TENANT, TO_MS } from '../../application/random-history.fixture.js';
import { HOUR_MS } from '../../domain/local-time.js';
import { canonicalDump } from './counting/canonical-dump.js';
import { PostgresAggregateTables } from './counting/observations-and-buckets.repository.js';
import { aggregateInMemory, dumpOf, sortedLines } from './memory-dump.fixture.js';
import { emptyTables, openMetricsStorage } from './metrics-database.fixture.js';
import { PostgresPublicationTables } from './publishing/publication.repository.js';

jest.setTimeout(300_000);

const WORKERS = 3;
/** A worker's connection is cut before every so many batches. */
const CUT_EVERY = 4;
const ATTEMPTS_MAX = 20;
const AT_ONCE = { graceMs: 0, quietMs: 0, quietMaxMs: 0, againQuietMs: 0, againEveryMs: 0 };
const LATER_MS = TO_MS + 10 * HOUR_MS;
const tenants = new FixedRules({ zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 });

let database: TestDatabase;
let outsider: Storage;
let workers: Storage[];

beforeAll(async () => {
  database = await freshDatabase();
  outsider = await openMetricsStorage(database.url);
  workers = await Promise.all(
    Array.from({ length: WORKERS }, () => openMetricsStorage(database.url)),
  );
});

afterAll(async () => {
  await Promise.all([outsider, ...workers].map((storage) => storage.close()));
  await database.close();
});

/** What a worker reads: its own partition of each topic, offsets without gaps. */
function partitionOf(batches: readonly RecordBatch[], partition: number): RecordBatch[] {
  const next = new Map<string, number>();
  return batches.map((batch) => ({
    ...batch,
    records: batch.records.map((record) => {
      const offset = next.get(record.topic) ?? 0;
      next.set(record.topic, offset + 1);
      return { ...record, partition, offset };
    }),
  }));
}

/** Ends one connection that is working just now, wherever in its transaction it is. */
async function cutOne(): Promise<void> {
  await outsider.unitOfWork.read(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
       AND query NOT LIKE '%pg_terminate_backend%'
     ORDER BY random() LIMIT 1`,
  );
}

/** As the log does: what failed is handed over again. */
async function untilDone(work: () => Promise<unknown>): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await work();
      return failures;
    } catch (error) {
      if (failures >= ATTEMPTS_MAX) throw error;
    }
  }
}

async function work(storage: Storage, batches: readonly RecordBatch[]): Promise<number> {
  const clock = new FixedClock(LATER_MS);
  const { unitOfWork } = storage;
  const stage = new AggregateBatch(unitOfWork, new PostgresAggregateTables(), tenants, clock);
  const publish = new PublishBuckets(unitOfWork, new PostgresPublicationTables(), clock);
  let failures = 0;
  for (const [index, batch] of batches.entries()) {
    const cut = index % CUT_EVERY === 0 ? cutOne() : undefined;
    failures += await untilDone(() => stage.execute(batch));
    failures += await untilDone(() => publish.execute(AT_ONCE));
    await cut;
  }
  return failures;
}

describe('three workers whose connections are cut', () => {
  it('end in the buckets of a count from nothing, with publications in a row', async () => {
    let cuts = 0;
    for (const seed of [1, 2, 3]) {
      await emptyTables(outsider);
      const history = fc
        .sample(anyBatches, { numRuns: 40, seed })
        .reduce((longest, each) => (each.length > longest.length ? each : longest));
      const shares = workers.map((_, worker) =>
        partitionOf(
          history.filter((__, index) => index % WORKERS === worker),
          worker,
        ),
      );
      const failures = await Promise.all(
        workers.map((storage, worker) => work(storage, shares[worker] ?? [])),
      );
      cuts += failures.reduce((sum, each) => sum + each, 0);
      await assertEqualsScratch(shares.flat());
      await assertLedger();
    }
    expect(cuts).toBeGreaterThan(0);
  });

  async function assertEqualsScratch(batches: readonly RecordBatch[]): Promise<void> {
    expect(await outsider.unitOfWork.read('SELECT code, detail FROM dead_letter')).toEqual([]);
    const expected = dumpOf(await aggregateInMemory(batches, tenants));
    const found = await canonicalDump(outsider.unitOfWork, TENANT);
    expect(sortedLines(found)).toEqual(sortedLines(expected));
    expect(found.length).toBeGreaterThan(0);
  }

  async function assertLedger(): Promise<void> {
    const key = 'tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4';
    const broken = await outsider.unitOfWork.read(
      `SELECT ${key} FROM publication GROUP BY ${key}
       HAVING min(sequence) <> 1 OR max(sequence) <> count(*)`,
    );
    expect(broken).toEqual([]);
    const stale = await outsider.unitOfWork.read(
      `SELECT b.kpi, b.n, last.n AS published FROM bucket b LEFT JOIN publication last USING (${key})
       WHERE b.publications > 0 AND last.sequence = b.publications
         AND (b.items, b.n, b.numerator, b.squares) IS DISTINCT FROM (last.items, last.n, last.numerator, last.squares)
          OR b.publications = 0 AND b.items <> 0`,
    );
    expect(stale).toEqual([]);
  }
});
