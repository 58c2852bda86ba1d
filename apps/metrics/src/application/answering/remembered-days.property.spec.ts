import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Cache, openMemoryCache } from '#cache';
import { Fault, FixedClock, isFault } from '#kernel';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import { AggregateBatch } from '../counting/aggregate-batch.js';
import { RebuildBuckets } from '../counting/rebuild-buckets.js';
import { MemoryReadings } from '../memory-readings.fixture.js';
import { FixedRules, MemoryTables, MemoryUnitOfWork } from '../memory-tables.fixture.js';
import { KpiReadings } from '../ports.js';
import { anyBatches, anyRules, TENANT, TO_MS } from '../random-history.fixture.js';
import { DayMemory } from './day-memory.js';
import { anyQuestion } from './drill-down.fixture.js';
import type { Question } from './drill-down.fixture.js';
import { ReadKpi } from './read-kpi.js';
import { ReadKpiTable } from './read-kpi-table.js';
import { RememberedReadings } from './remembered-days.js';

jest.setTimeout(120_000);

/** Loses keys, fails, or gives what is not ours, as told; `mood` is read anew for every call. */
class MoodyCache extends Cache {
  mood: 'well' | 'emptied' | 'away' | 'foreign' = 'well';

  constructor(private readonly cache: Cache) {
    super();
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (this.mood === 'away') throw new Fault('unavailable', 'away', { retriable: true });
    if (this.mood === 'emptied') await this.cache.close();
    const values = await this.cache.getMany(keys);
    return this.mood === 'foreign' ? keys.map((_, index) => ['{', '[1]'][index % 2]) : values;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    if (this.mood === 'away') throw new Fault('unavailable', 'away', { retriable: true });
    await this.cache.set(key, value, ttlMs);
  }

  get = (key: string): Promise<string | undefined> => this.cache.get(key);
  delete = (key: string): Promise<void> => this.cache.delete(key);
  admit = (): Promise<never> => Promise.reject(new Error('nobody asks for admission here'));
  increment = (): Promise<number> => Promise.reject(new Error('nobody counts here'));
  describe = (): Promise<string> => this.cache.describe();
  close = (): Promise<void> => this.cache.close();
}

const anyAsking = fc.record({
  kpi: fc.constantFrom(...CATALOGUE),
  question: anyQuestion,
  mood: fc.constantFrom('well', 'well', 'well', 'emptied', 'away', 'foreign'),
  hours: fc.integer({ min: 0, max: 2 }),
});

/** Faults are answers too. */
async function outcome(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

describe('answers with remembered days', () => {
  it('are those without, whatever came in between and whatever became of the cache', async () => {
    let remembered = 0;
    const asking = fc.array(anyAsking, { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        anyBatches,
        anyRules,
        anyRules,
        asking,
        async (batches, rules, later, all) => {
          const clock = new FixedClock(TO_MS);
          const tables = new MemoryTables();
          const tenants = new FixedRules(rules);
          const unitOfWork = new MemoryUnitOfWork();
          const stage = new AggregateBatch(unitOfWork, tables, tenants, clock);
          const plain = new MemoryReadings(tables, tenants);
          const cache = new MoodyCache(openMemoryCache({ clock }));
          const memory = new DayMemory(cache, clock);
          const readings = new RememberedReadings(plain, memory);
          for (const [index, { kpi, question, mood, hours }] of all.entries()) {
            const batch = batches[index % 3 === 1 ? -1 : index];
            if (batch !== undefined) await stage.execute(batch);
            if (index === 6) {
              tenants.rules = later;
              await new RebuildBuckets(unitOfWork, tables, tenants, clock).execute();
            }
            clock.advance(hours * 3_600_000);
            cache.mood = mood;
            const asked = (from: KpiReadings) => answers(from, clock, { kpi, question });
            // Twice: the second finds what the first has left.
            for (let times = 0; times < 2; times++)
              expect(await asked(readings)).toEqual(await asked(plain));
          }
          remembered += memory.counts.remembered;
        },
      ),
      { numRuns: 60 },
    );
    expect(remembered).toBeGreaterThan(500);
  });

  it('come without a cache that is late, and for some seconds nobody asks it again', async () => {
    const clock = new FixedClock(0);
    const cache = new MoodyCache(openMemoryCache({ clock }));
    let calls = 0;
    cache.getMany = () => {
      calls += 1;
      return new Promise(() => undefined);
    };
    const memory = new DayMemory(cache, clock);
    for (let times = 0; times < 3; times++)
      expect(await memory.recall(['a', 'b'])).toEqual([undefined, undefined]);
    expect(calls).toBe(1);
    clock.advance(5_000);
    await memory.recall(['a']);
    expect(calls).toBe(2);
  });

  it('leave out what is too long to be kept', async () => {
    const clock = new FixedClock(0);
    const memory = new DayMemory(openMemoryCache({ clock }), clock);
    await memory.keep([
      { key: 'short', value: 'x'.repeat(32_768) },
      { key: 'long', value: 'x'.repeat(32_769) },
    ]);
    const [short, long] = await memory.recall(['short', 'long']);
    expect([short?.length, long]).toEqual([32_768, undefined]);
  });
});

async function answers(
  readings: KpiReadings,
  clock: FixedClock,
  { kpi, question }: { kpi: KpiDefinition; question: Question },
): Promise<unknown> {
  const { span, bucket, filter } = question;
  const request = {
    tenant: TENANT,
    kpi,
    span,
    by: question.by.flatMap((index) => kpi.dimensions[index] ?? []),
    filters:
      filter.length === 0 ? [] : [{ dimension: kpi.dimensions[0] ?? 'channel', values: filter }],
    bucket,
    isCompared: true,
  };
  const one = await outcome(new ReadKpi(readings, clock, { graceMs: 60_000 }).execute(request));
  return [one, await outcome(new ReadKpiTable(readings, clock).execute(TENANT, ['24h', '30d']))];
}
