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

    test('says what it is', async () => {
      expect(await cache.describe()).toMatch(/^(memory|redis [0-9a-f]{40})$/);
    });
  });
}
