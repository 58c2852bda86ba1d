import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
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
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('a Redis that is not there', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function refusing(url: string) {
    const started = performance.now();
    const cache = await openRedisCache({ url });
    closers.unshift(() => cache.close());
    return { cache, openedAfterMs: performance.now() - started };
  }

  async function expectUnavailable(call: Promise<unknown>): Promise<number> {
    const started = performance.now();
    await expect(call).rejects.toMatchObject({ code: 'unavailable', isRetriable: true });
    return performance.now() - started;
  }

  test('is required where CI runs', () => {
    if (process.env['CI'] === 'true') expect(redisUrl).toMatch(/^rediss?:/);
  });

  test('refuses each call at once', async () => {
    const { cache } = await refusing('redis://127.0.0.1:1');
    const calls = [
      () => cache.get('a'),
      () => cache.getMany(['a', 'b']),
      () => cache.set('a', 'b', 1),
      () => cache.delete('a'),
      () => cache.increment('a', 1, 1),
      () => cache.describe(),
    ];
    for (const call of calls) expect(await expectUnavailable(call())).toBeLessThan(1_000);
  });

  test('or takes connections and is silent, fails within a second', async () => {
    const server = await silentServer();
    closers.push(server.close);
    const { cache, openedAfterMs } = await refusing(server.url);
    expect(openedAfterMs).toBeLessThan(2_000);
    expect(await expectUnavailable(cache.get('a'))).toBeLessThan(1_500);
    expect(await expectUnavailable(cache.increment('a', 1, 1))).toBeLessThan(1_500);
  });
});
