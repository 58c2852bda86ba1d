import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Cache } from './cache.js';

export interface CacheUnderTest {
  readonly cache: Cache;
  /** Lets `spanMs` pass for the cache. */
  elapse(spanMs: number): Promise<void>;
}

/** What both adapters promise. */
export function describeCache(name: string, open: () => Promise<CacheUnderTest>): void {
  describe(`${name} cache`, () => {
    let subject: CacheUnderTest;
    let cache: Cache;
    let key: string;
    let keys = 0;
    beforeEach(async () => {
      subject = await open();
      cache = subject.cache;
      key = `contract-${process.pid}-${keys++}`;
    });
    afterEach(() => cache.close());

    test('knows nothing that was not set', async () => {
      expect(await cache.get(key)).toBeUndefined();
    });

    test('gives back the last value, any text', async () => {
      for (const value of ['', 'ä\u0000\u{1f600}\n', '0', 'x'.repeat(100_000)]) {
        await cache.set(key, value, 60_000);
        expect(await cache.get(key)).toBe(value);
      }
    });

    test('gives several values at once, in the order of their keys', async () => {
      await cache.set(`${key} a`, '1', 60_000);
      await cache.set(`${key} b`, '', 60_000);
      const asked = [`${key} b`, `${key} c`, `${key} a`, `${key} b`];
      expect(await cache.getMany(asked)).toEqual(['', undefined, '1', '']);
      expect(await cache.getMany([])).toEqual([]);
    });

    test('forgets a value after its time, counted from the last set', async () => {
      await cache.set(key, 'a', 50);
      await cache.set(key, 'b', 1_500);
      await subject.elapse(150);
      expect(await cache.get(key)).toBe('b');
      await subject.elapse(1_500);
      expect(await cache.get(key)).toBeUndefined();
    });

    test('deletes, also what is not there', async () => {
      await cache.set(key, 'a', 60_000);
      await cache.delete(key);
      await cache.delete(key);
      expect(await cache.get(key)).toBeUndefined();
    });

    test('counts from zero, up and down', async () => {
      expect(await cache.increment(key, 2, 60_000)).toBe(2);
      expect(await cache.increment(key, 3, 60_000)).toBe(5);
      expect(await cache.increment(key, -4, 60_000)).toBe(1);
      expect(await cache.get(key)).toBe('1');
    });

    test('ends a counter after the time of its first increment; later ones do not prolong it', async () => {
      await cache.increment(key, 1, 1_500);
      await subject.elapse(500);
      expect(await cache.increment(key, 1, 60_000)).toBe(2);
      await subject.elapse(1_200);
      expect(await cache.increment(key, 1, 60_000)).toBe(1);
    });

    test('loses no concurrent increment', async () => {
      await Promise.all(Array.from({ length: 50 }, () => cache.increment(key, 1, 60_000)));
      expect(await cache.get(key)).toBe('50');
    });

    test('admits as fast as it is told, to all who share a bucket', async () => {
      const rate = { perSecond: 2, burst: 5 };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => cache.admit([{ key, rate, cost: 1 }])),
      );
      const flat = answers.flat();
      expect(flat.map(({ isAdmitted }) => isAdmitted)).toEqual(
        [1, 1, 1, 1, 1, 0, 0, 0].map(Boolean),
      );
      expect(flat.map(({ remaining }) => remaining)).toEqual([4, 3, 2, 1, 0, 0, 0, 0]);
      const waitMs = flat.at(-1)?.retryAfterMs ?? 0;
      expect(waitMs).toBeGreaterThan(300);
      expect(waitMs).toBeLessThanOrEqual(500);
      await subject.elapse(waitMs);
      expect(await cache.admit([{ key, rate, cost: 1 }])).toMatchObject([{ isAdmitted: true }]);
    });

    test('takes from several buckets or from none', async () => {
      const demands = (cost: number) => [
        { key, rate: { perSecond: 1, burst: 10 }, cost: 1 },
        { key: `${key}-more`, rate: { perSecond: 1, burst: 100 }, cost },
      ];
      await cache.admit(demands(70));
      const refused = await cache.admit(demands(70));
      expect(refused.map(({ isAdmitted }) => isAdmitted)).toEqual([true, false]);
      const next = await cache.admit(demands(20));
      expect(next).toMatchObject([
        { isAdmitted: true, remaining: 8 },
        { isAdmitted: true, remaining: 10 },
      ]);
    });

    test('says what it is', async () => {
      expect(await cache.describe()).toMatch(/^(memory|redis [0-9a-f]{40})$/);
    });
  });
}
