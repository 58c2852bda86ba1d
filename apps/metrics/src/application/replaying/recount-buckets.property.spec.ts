import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import type { Differences, ReplayTask } from '#replay';
import type { Transaction } from '#storage';
import type { BucketChange } from '../../domain/contribution.js';
import type { Rules } from '../../domain/kpi.js';
import { isEmptyTally } from '../../domain/tally.js';
import { AggregateBatch } from '../counting/aggregate-batch.js';
import { BringUpToDate } from '../counting/bring-up-to-date.js';
import { BuildDefinitions } from '../counting/build-definitions.js';
import { NEXT_CATALOGUE } from '../counting/next-catalogue.fixture.js';
import { RebuildBuckets } from '../counting/rebuild-buckets.js';
import { FixedRules, MemoryTables, MemoryUnitOfWork } from '../memory-tables.fixture.js';
import { anyBatches, anyRules, TENANT } from '../random-history.fixture.js';
import { RecountBuckets } from './recount-buckets.js';

jest.setTimeout(120_000);

const ID = '01890000-0000-7000-8000-000000000000';
const STEPS_MAX = 2_000;
const none = {} as Transaction;

/** One tenant's metrics in memory, with a replay that is taken on by hand. */
class Metrics {
  readonly tables = new MemoryTables();
  readonly tenants: FixedRules;
  readonly upToDate: BringUpToDate;
  private readonly stage: AggregateBatch;
  private readonly recount: RecountBuckets;
  private task: ReplayTask | undefined;
  differences: Differences | undefined;
  done = 0;

  constructor(rules: Rules, stepSize = 3) {
    const unitOfWork = new MemoryUnitOfWork();
    const clock = new FixedClock(0);
    this.tenants = new FixedRules(rules);
    const parts = [unitOfWork, this.tables, this.tenants, clock] as const;
    this.stage = new AggregateBatch(...parts);
    this.upToDate = new BringUpToDate(new RebuildBuckets(...parts), new BuildDefinitions(...parts));
    this.recount = new RecountBuckets(this.tables, this.upToDate, clock, stepSize);
  }

  batch(batch: RecordBatch): Promise<void> {
    return this.stage.execute(batch);
  }

  ask(isDryRun = false): void {
    this.task = { id: ID, tenant: TENANT, position: '', isDryRun, ref: ID };
  }

  /** Answers whether it goes on. */
  async steps(count: number): Promise<boolean> {
    for (let taken = 0; taken < count && this.task !== undefined; taken++) {
      const step = await this.recount.step(none, this.task);
      this.done += step.done;
      this.differences?.merge(step.differences);
      this.differences ??= step.differences;
      this.task = step.isFinished ? undefined : { ...this.task, position: step.position };
    }
    return this.task !== undefined;
  }

  async finish(): Promise<void> {
    for (let taken = 0; await this.steps(1); taken++)
      if (taken > STEPS_MAX) throw new Error('the replay does not end');
  }

  async abandon(): Promise<void> {
    if (this.task !== undefined) await this.recount.abandon(none, this.task);
    this.task = undefined;
  }

  dump(): unknown {
    return [...this.tables.buckets]
      .filter(([, { tally, bins }]) => !isEmptyTally(tally) || bins.size > 0)
      .map(([key, { tally, bins }]) => [key, tally, [...bins].sort(([a], [b]) => a - b)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  }

  /** What waits to be published, and why; then it is. */
  published(): unknown {
    const waiting = [...this.tables.dirty].sort(([a], [b]) => (a < b ? -1 : 1));
    this.tables.dirty.clear();
    return waiting;
  }
}

const anyPaces = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 6 });

describe('a replay of metrics', () => {
  it('leaves no trace where nothing is wrong, however it meets batches, whether it ends, is stopped or only tried', async () => {
    const anyEnd = fc.constantFrom('finished', 'abandoned', 'tried');
    await fc.assert(
      fc.asyncProperty(
        anyBatches,
        anyRules,
        anyPaces,
        anyEnd,
        async (batches, rules, paces, end) => {
          const [plain, replayed] = [new Metrics(rules), new Metrics(rules)];
          for (const [index, batch] of batches.entries()) {
            if (index === 1) replayed.ask(end === 'tried');
            await plain.batch(batch);
            await replayed.batch(batch);
            await replayed.steps(paces[index % paces.length] ?? 0);
            expect(replayed.published()).toEqual(plain.published());
          }
          if (end === 'abandoned') await replayed.abandon();
          await replayed.finish();
          expect(replayed.published()).toEqual([]);
          expect(replayed.dump()).toEqual(plain.dump());
          expect(replayed.differences?.total ?? 0).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives way to other rules and newer definitions, and still ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyBatches,
        anyRules,
        anyRules,
        anyPaces,
        async (batches, rules, later, paces) => {
          const replayed = new Metrics(rules);
          for (const [index, batch] of batches.entries()) {
            await replayed.batch(batch);
            if (index === 0) replayed.ask();
            if (index === 2) replayed.tenants.rules = later;
            if (index === 3) replayed.tenants.definitions = NEXT_CATALOGUE;
            if (index % 2 === 1) await replayed.upToDate.execute();
            await replayed.steps(paces[index % paces.length] ?? 0);
          }
          replayed.tenants.rules = later;
          replayed.tenants.definitions = NEXT_CATALOGUE;
          await replayed.finish();
          await replayed.upToDate.execute();
          const fresh = new Metrics(later);
          fresh.tenants.definitions = NEXT_CATALOGUE;
          for (const batch of batches) await fresh.batch(batch);
          await replayed.tables.sweepReplaced();
          expect(replayed.dump()).toEqual(fresh.dump());
          expect(replayed.differences?.total ?? 0).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('puts right what is damaged, and only that is dirty, because of the replay', async () => {
    const anyDamage = fc.array(
      fc.record({ place: fc.nat(), kind: fc.constantFrom('changed', 'missing', 'extra', 'bins') }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(
        anyBatches,
        anyRules,
        anyPaces,
        anyDamage,
        async (batches, rules, paces, all) => {
          const [plain, damaged] = [new Metrics(rules), new Metrics(rules)];
          const half = Math.ceil(batches.length / 2);
          for (const batch of batches.slice(0, half))
            for (const each of [plain, damaged]) await each.batch(batch);
          const hurt = new Set(
            all.flatMap(({ place, kind }) => damage(damaged.tables, place, kind)),
          );
          for (const each of [plain, damaged]) each.published();
          damaged.ask();
          for (const [index, batch] of batches.slice(half).entries()) {
            await plain.batch(batch);
            await damaged.batch(batch);
            await damaged.steps(Math.min(paces[index % paces.length] ?? 0, 3));
          }
          const dirty = new Map(damaged.tables.dirty);
          damaged.tables.dirty.clear();
          await damaged.finish();
          expect(damaged.dump()).toEqual(plain.dump());
          const because = [...damaged.tables.dirty];
          for (const [key, why] of because) {
            expect(hurt).toContain(key);
            expect(why).toEqual([{ cause: 'rules', ref: ID, count: 1 }]);
          }
          const mended = new Set(
            [...dirty].filter(([, why]) => why.some(({ ref }) => ref === ID)).map(([key]) => key),
          );
          expect(damaged.differences?.total).toBe(because.length + mended.size);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** The keys of buckets that are wrong now. */
function damage({ buckets }: MemoryTables, place: number, kind: string): string[] {
  const keys = [...buckets.keys()];
  const key = keys[place % Math.max(1, keys.length)];
  const bucket = key === undefined ? undefined : buckets.get(key);
  if (key === undefined || bucket === undefined) return [];
  if (kind === 'missing') buckets.delete(key);
  else if (kind === 'bins')
    buckets.set(key, { ...bucket, bins: new Map([...bucket.bins, [7, 3]]) });
  else if (kind === 'changed') buckets.set(key, changed(bucket));
  else {
    const startMs = bucket.startMs - 3_600_000 * 24 * 400;
    const extra = { ...changed(bucket), startMs };
    const extraKey = [bucket.tenant, bucket.kpi, bucket.version, startMs, ...bucket.dims].join(
      '\u0000',
    );
    buckets.set(extraKey, extra);
    return [extraKey];
  }
  return [key];
}

function changed(bucket: BucketChange): BucketChange {
  const { tally } = bucket;
  return {
    ...bucket,
    tally: { ...tally, items: tally.items + 2, numerator: tally.numerator + 5n },
  };
}
