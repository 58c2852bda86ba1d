import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { backends } from '#testing';
import { describeCache } from '../cache.contract.js';
import { openRedisCache } from './redis-cache.js';

const { redisUrl } = backends();
if (redisUrl !== undefined) {
  describeCache('redis', async () => ({
    cache: await openRedisCache({ url: redisUrl }),
    elapse: (spanMs) => sleep(spanMs),
  }));
}

/** Takes connections and never answers. */
async function silentServer(): Promise<{ url: string; close: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

describe('a Redis that is not there', () => {
  test('is required where CI runs', () => {
    if (process.env['CI'] === 'true') expect(redisUrl).toMatch(/^rediss?:/);
  });

  test('refuses each call at once', async () => {
    const cache = await openRedisCache({ url: 'redis://127.0.0.1:1' });
    const started = performance.now();
    const calls = [
      cache.get('a'),
      cache.set('a', 'b', 1),
      cache.increment('a', 1, 1),
      cache.describe(),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'unavailable', isRetriable: true });
    }
    expect(performance.now() - started).toBeLessThan(1_000);
    await cache.close();
  });

  test('or does not answer, fails within a second', async () => {
    const server = await silentServer();
    const opening = performance.now();
    const cache = await openRedisCache({ url: server.url });
    expect(performance.now() - opening).toBeLessThan(2_000);
    const started = performance.now();
    await expect(cache.get('a')).rejects.toMatchObject({ code: 'unavailable', isRetriable: true });
    expect(performance.now() - started).toBeLessThan(1_000);
    await cache.close();
    server.close();
  });
});
