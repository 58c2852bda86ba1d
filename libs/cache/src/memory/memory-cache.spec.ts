import { expect, test } from '@jest/globals';
import { FixedClock } from '#kernel';
import { describeCache } from '../cache.contract.js';
import { openMemoryCache } from './memory-cache.js';

describeCache('memory', async () => {
  const clock = new FixedClock(1_000);
  return { cache: openMemoryCache({ clock }), elapse: async (spanMs) => clock.advance(spanMs) };
});

test('a full memory cache drops what was written longest ago', async () => {
  const cache = openMemoryCache({ clock: new FixedClock(0), entriesMax: 2 });
  await cache.set('a', '1', 1_000);
  await cache.set('b', '2', 1_000);
  await cache.set('a', '3', 1_000);
  await cache.set('c', '4', 1_000);
  expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual([
    '3',
    undefined,
    '4',
  ]);
});

test('and so does one that holds too many characters, the last written at last', async () => {
  const cache = openMemoryCache({ clock: new FixedClock(0), charactersMax: 10 });
  await cache.set('a', '1234', 1_000);
  await cache.set('b', '1234', 1_000);
  await cache.set('a', '12345', 1_000);
  expect(await cache.getMany(['a', 'b'])).toEqual(['12345', undefined]);
  await cache.delete('a');
  await cache.set('b', '123456789', 1_000);
  expect(await cache.get('b')).toBe('123456789');
  await cache.set('c', 'longer than all', 1_000);
  expect(await cache.getMany(['b', 'c'])).toEqual([undefined, undefined]);
});
