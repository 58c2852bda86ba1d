import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { PublishBuckets } from '../../../application/publishing/publish-buckets.js';
import type { BucketChange } from '../../../domain/contribution.js';
import { dueAt } from '../../../domain/publication.js';
import { PostgresAggregateTables } from '../counting/observations-and-buckets.repository.js';
import { emptyTables, insertTenant, openMetricsStorage } from '../metrics-database.fixture.js';
import { PostgresPublicationTables } from './publication.repository.js';

jest.setTimeout(120_000);

let database: TestDatabase;
let storage: Storage;
const tables = new PostgresAggregateTables();
const publications = new PostgresPublicationTables();
const RULE = { graceMs: 1_000, quietMs: 30, quietMaxMs: 600, againQuietMs: 5, againEveryMs: 60 };

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openMetricsStorage(database.url);
});

afterAll(async () => {
  await storage.close();
  await database.close();
});

/** One order more (or less) in one bucket. */
function change(by: 1 | -1): BucketChange {
  const tally = { items: by, provisional: 0, n: by, numerator: BigInt(by), squares: BigInt(by) };
  const dims = ['web', 's', 'c', 'p'];
  return {
    tenant: 't',
    kpi: 'orders',
    version: 1,
    startMs: 0,
    endMs: 500,
    dims,
    tally,
    bins: new Map(),
    causes: [{ cause: 'late', ref: `shop/${by}`, count: 1 }],
  };
}

const changed = (by: 1 | -1, nowMs: number): Promise<void> =>
  storage.unitOfWork.run((transaction) => tables.addToBuckets(transaction, [change(by)], nowMs));
const publish = (nowMs: number): Promise<number> =>
  new PublishBuckets(storage.unitOfWork, publications, new FixedClock(nowMs)).execute(RULE);

describe('publication on Postgres', () => {
  it('falls due at the instant that the rule names', async () => {
    const anyStep = fc.integer({ min: 0, max: 900 });
    await fc.assert(
      fc.asyncProperty(anyStep, anyStep, fc.boolean(), async (first, second, isAgain) => {
        await emptyTables(storage);
        await insertTenant(storage, 't');
        let publishedAtMs: number | undefined;
        let now = 0;
        if (isAgain) {
          await changed(1, 0);
          publishedAtMs = now = 2_000;
          expect(await publish(now)).toBe(1);
        }
        const dirtySinceMs = now + first;
        const changedAtMs = dirtySinceMs + second;
        await changed(1, dirtySinceMs);
        await changed(1, changedAtMs);
        const due = dueAt({ endMs: 500, dirtySinceMs, changedAtMs, publishedAtMs }, RULE);
        expect(await publish(due - 1)).toBe(0);
        expect(await publish(due)).toBe(1);
        expect(await publish(due + 10_000)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps every publication: the first and the differences after it add up to the last', async () => {
    await emptyTables(storage);
    await insertTenant(storage, 't');
    for (const [at, by] of [
      [10_000, 1],
      [20_000, 1],
      [30_000, -1],
      [40_000, -1],
    ] as const) {
      await changed(by, at);
      expect(await publish(at + 5_000)).toBe(1);
    }
    await changed(1, 50_000);
    await changed(-1, 50_001);
    expect(await publish(60_000)).toBe(0);
    const kept = await storage.unitOfWork.read<{ sequence: number; n: number }>(
      'SELECT sequence, n FROM publication ORDER BY sequence',
    );
    expect(kept).toEqual([
      { sequence: 1, n: 1 },
      { sequence: 2, n: 2 },
      { sequence: 3, n: 1 },
      { sequence: 4, n: 0 },
    ]);
  });

  it('says each bucket of an imported year once, however often the import comes back to it', async () => {
    await emptyTables(storage);
    await insertTenant(storage, 't');
    const hours = 365 * 24;
    const passes = 3;
    const year = Array.from({ length: hours }, (_, hour) => ({
      ...change(1),
      startMs: hour,
      endMs: hour + 1,
    }));
    const pieces = Array.from({ length: 12 }, (_, month) =>
      year.slice((month * hours) / 12, ((month + 1) * hours) / 12),
    );
    let published = 0;
    let now = 1_000_000;
    for (let pass = 0; pass < passes; pass++) {
      for (const piece of pieces) {
        now += 1;
        await storage.unitOfWork.run((transaction) => tables.addToBuckets(transaction, piece, now));
        published += await publish(now);
      }
    }
    published += await publish(now + RULE.quietMs);
    expect(published).toBe(hours);
    const kept = await storage.unitOfWork.read(
      'SELECT sequence, n, count(*)::int AS buckets FROM publication GROUP BY sequence, n',
    );
    expect(kept).toEqual([{ sequence: 1, n: passes, buckets: hours }]);
  });

  it('says nothing of a bucket that is empty again before anybody heard of it', async () => {
    await emptyTables(storage);
    await insertTenant(storage, 't');
    await changed(1, 10_000);
    await changed(-1, 10_001);
    expect(await publish(20_000)).toBe(0);
    expect(await storage.unitOfWork.read('SELECT 1 FROM publication')).toEqual([]);
  });
});
