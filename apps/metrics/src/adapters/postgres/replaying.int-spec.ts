import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { ReplayBook, ReplayDesk, RunReplays } from '#replay';
import type { ReplayView } from '#replay';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { AggregateBatch } from '../../application/counting/aggregate-batch.js';
import { BringUpToDate } from '../../application/counting/bring-up-to-date.js';
import { BuildDefinitions } from '../../application/counting/build-definitions.js';
import { RebuildBuckets } from '../../application/counting/rebuild-buckets.js';
import { FixedRules } from '../../application/memory-tables.fixture.js';
import { PublishBuckets } from '../../application/publishing/publish-buckets.js';
import { anyBatches, TENANT, TO_MS } from '../../application/random-history.fixture.js';
import { RecountBuckets } from '../../application/replaying/recount-buckets.js';
import { HOUR_MS } from '../../domain/local-time.js';
import { canonicalDump } from './counting/canonical-dump.js';
import { PostgresAggregateTables } from './counting/observations-and-buckets.repository.js';
import { aggregateInMemory, dumpOf, sortedLines } from './memory-dump.fixture.js';
import { emptyTables, openMetricsStorage } from './metrics-database.fixture.js';
import type { MortalRecounter } from './mortal-recounter.fixture.js';
import { PostgresPublicationTables } from './publishing/publication.repository.js';

jest.setTimeout(120_000);

const AT_ONCE = { graceMs: 0, quietMs: 0, quietMaxMs: 0, againQuietMs: 0, againEveryMs: 0 };
const RECOUNTER = fileURLToPath(new URL('./mortal-recounter.fixture.ts', import.meta.url));
const LOADER = new URL('../../../../../libs/testing/src/typescript-loader.mjs', import.meta.url);
const KEY = 'tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4';

let database: TestDatabase;
let storage: Storage;
let clock: FixedClock;

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openMetricsStorage(database.url);
});

beforeEach(async () => {
  await emptyTables(storage);
  clock = new FixedClock(TO_MS + 10 * HOUR_MS);
});

afterAll(async () => {
  await storage.close();
  await database.close();
});

const tables = new PostgresAggregateTables();
const tenants = new FixedRules({ zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 });
const history: readonly RecordBatch[] = fc
  .sample(anyBatches, { numRuns: 40, seed: 11 })
  .reduce((longest, each) => (each.length > longest.length ? each : longest));
const half = Math.ceil(history.length / 2);

const count = (batch: RecordBatch): Promise<void> =>
  new AggregateBatch(storage.unitOfWork, tables, tenants, clock).execute(batch);
const publish = (): Promise<number> => {
  clock.advance(1_000);
  return new PublishBuckets(storage.unitOfWork, new PostgresPublicationTables(), clock).execute(
    AT_ONCE,
  );
};

/** A process of its own. */
function replayer(): { desk: ReplayDesk; run: RunReplays; upToDate: BringUpToDate } {
  const { unitOfWork } = storage;
  const parts = [unitOfWork, tables, tenants, clock] as const;
  const upToDate = new BringUpToDate(new RebuildBuckets(...parts), new BuildDefinitions(...parts));
  const replaying = new RecountBuckets(tables, upToDate, clock, 5);
  const book = new ReplayBook();
  const desk = new ReplayDesk(unitOfWork, { service: 'metrics', book, replaying, clock });
  return { desk, run: new RunReplays(unitOfWork, { book, replaying, clock }), upToDate };
}

const request = (isDryRun = false): Promise<ReplayView> =>
  replayer().desk.request({ tenant: TENANT, isDryRun, requestedBy: 'test' });

async function toTheEnd(id: string): Promise<ReplayView> {
  for (;;) {
    const view = await replayer().desk.one(TENANT, id);
    if (view.status !== 'running' && view.status !== 'pending') return view;
    await replayer().run.execute(); // each step by another process
  }
}

const rows = (sql: string): Promise<Record<string, unknown>[]> => storage.unitOfWork.read(sql);

async function assertRight(batches: readonly RecordBatch[]): Promise<void> {
  const expected = dumpOf(await aggregateInMemory(batches, tenants));
  const found = await canonicalDump(storage.unitOfWork, TENANT);
  expect(sortedLines(found)).toEqual(sortedLines(expected));
  expect(found.length).toBeGreaterThan(0);
}

/** Nothing of shadows is left once they are swept. */
async function assertSwept(): Promise<void> {
  await replayer().upToDate.execute();
  for (const table of ['bucket', 'histogram', 'definition'])
    expect(await rows(`SELECT 1 FROM ${table} WHERE version < 0 LIMIT 1`)).toEqual([]);
}

describe('a replay of metrics on Postgres', () => {
  it('beside workers changes nothing that is right, and publishes nothing', async () => {
    for (const batch of history.slice(0, half)) await count(batch);
    await publish();
    const { id } = await request();
    const [view] = await Promise.all([
      toTheEnd(id),
      (async () => {
        for (const batch of history.slice(half)) await count(batch);
      })(),
    ]);
    expect(view).toMatchObject({ status: 'done', differences: { total: 0 }, failure: null });
    expect(view.progress.done).toBeGreaterThan(0);
    await assertRight(history);
    expect(await rows(`SELECT 1 FROM bucket_cause WHERE cause = 'rules'`)).toEqual([]);
    await publish();
    const before = await rows('SELECT count(*) AS publications FROM publication');
    const again = await toTheEnd((await request()).id);
    expect(again.differences.total).toBe(0);
    expect(await rows('SELECT 1 FROM bucket WHERE dirty_since_ms IS NOT NULL')).toEqual([]);
    expect(await publish()).toBe(0);
    expect(await rows('SELECT count(*) AS publications FROM publication')).toEqual(before);
    await assertSwept();
  });

  it('puts damaged buckets right, of which a dry run only tells, with a correction that names it', async () => {
    for (const batch of history) await count(batch);
    await publish();
    const [changed, missing] = await damage();
    const before = await rows(`SELECT * FROM bucket ORDER BY ${KEY}`);
    const tried = await toTheEnd((await request(true)).id);
    expect(tried).toMatchObject({ status: 'done', dryRun: true, differences: { total: 4 } });
    expect(await rows(`SELECT * FROM bucket WHERE version > 0 ORDER BY ${KEY}`)).toEqual(before);
    expect(await publish()).toBe(0);
    const { id } = await request();
    const done = await toTheEnd(id);
    expect(done.differences).toEqual(tried.differences);
    const { counts } = done.differences;
    const sum = (of: 'new' | 'changed' | 'gone') =>
      Object.values(counts).reduce((total, each) => total + each[of], 0);
    expect([sum('new'), sum('changed'), sum('gone')]).toEqual([1, 2, 1]);
    await assertRight(history);
    const dirty = await rows(`SELECT ${KEY} FROM bucket WHERE dirty_since_ms IS NOT NULL`);
    expect(dirty).toHaveLength(4);
    expect(dirty).toEqual(expect.arrayContaining([changed, missing]));
    const reasons = await rows('SELECT DISTINCT cause, ref FROM bucket_cause');
    expect(reasons).toEqual([{ cause: 'rules', ref: id }]);
    await publish();
    await assertSwept();
    expect((await toTheEnd((await request()).id)).differences.total).toBe(0);
  });

  it.each(['counting', 'replacing'] as const)(
    'goes on where a process was that was killed while %s',
    async (haltAt) => {
      for (const batch of history) await count(batch);
      await publish();
      await damage();
      const { id } = await request();
      await killedAt(haltAt);
      const left = await replayer().desk.one(TENANT, id);
      expect(left).toMatchObject({ status: 'running', failure: null });
      expect(left.progress.done).toBeGreaterThan(0);
      expect(await rows(`SELECT 1 FROM bucket_cause WHERE cause = 'rules'`)).toEqual([]);
      const done = await toTheEnd(id);
      expect(done).toMatchObject({ status: 'done', differences: { total: 4 }, failure: null });
      expect(done.progress.done).toBe(done.progress.total);
      await assertRight(history);
      const reasons = await rows('SELECT DISTINCT cause, ref FROM bucket_cause');
      expect(reasons).toEqual([{ cause: 'rules', ref: id }]);
      await assertSwept();
    },
  );

  it('that is stopped leaves nothing behind, and the next begins anew', async () => {
    for (const batch of history) await count(batch);
    const { id } = await request();
    for (let steps = 0; steps < 3; steps++) await replayer().run.execute();
    expect(await rows('SELECT 1 FROM definition WHERE version < 0 LIMIT 1')).not.toEqual([]);
    expect(await replayer().desk.stop(TENANT, id)).toMatchObject({ status: 'stopped' });
    const next = await toTheEnd((await request()).id);
    expect(next).toMatchObject({ status: 'done', differences: { total: 0 } });
    await assertRight(history);
    await assertSwept();
  });
});

/** Another process takes the replay on, and is killed in the middle of a step; nobody else takes one meanwhile. */
async function killedAt(haltAt: MortalRecounter['haltAt']): Promise<void> {
  const given: MortalRecounter = { url: database.url, nowMs: clock.now(), haltAt };
  const args = ['--import', LOADER.href, RECOUNTER, JSON.stringify(given)];
  const child = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exit]);
  expect(child.exitCode).toBeNull();
  expect(await replayer().run.execute()).toBe(false);
  child.kill('SIGKILL');
  await exit;
}

/** One bucket with a wrong sum, one that is gone, one too many, and a histogram with a value too many. */
async function damage(): Promise<Record<string, unknown>[]> {
  const changed = await rows(
    `UPDATE bucket SET numerator = numerator + 7 WHERE ctid = (SELECT ctid FROM bucket WHERE items > 0 ORDER BY ${KEY} LIMIT 1) RETURNING ${KEY}`,
  );
  const missing = await rows(
    `DELETE FROM bucket WHERE ctid = (SELECT ctid FROM bucket WHERE items > 0 AND kpi = 'orders' ORDER BY ${KEY} LIMIT 1) RETURNING ${KEY}`,
  );
  await rows(
    `INSERT INTO bucket SELECT tenant, kpi, version, start_ms, 'nowhere', dim2, dim3, dim4, end_ms, 3, 0, 3, 3, 3, changed_at_ms, NULL, NULL, 0
     FROM bucket WHERE items > 0 AND kpi = 'sessions' ORDER BY ${KEY} LIMIT 1 RETURNING ${KEY}`,
  );
  await rows(
    `UPDATE histogram SET count = count + 2 WHERE ctid = (SELECT ctid FROM histogram WHERE count > 0 ORDER BY ${KEY} LIMIT 1) RETURNING ${KEY}`,
  );
  return [...changed, ...missing];
}
