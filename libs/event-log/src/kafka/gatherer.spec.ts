import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '../event-log.js';
import { Gatherer } from './gatherer.js';

function records(partition: number, from: number, length: number): LogRecord[] {
  return Array.from({ length }, (_, index) => ({
    topic: 't',
    partition,
    offset: from + index,
    key: 'k',
    headers: {},
    value: null,
    appendedAt: 0,
  }));
}

function gathering(onBatch: (places: readonly string[]) => Promise<void>, batchSizeMax = 10) {
  return new Gatherer({
    batchSizeMax,
    gatherMs: 5,
    toBatch: (batch) => ({ group: 'g', incarnation: 'i', records: batch }),
    onBatch: ({ records: batch }) =>
      onBatch(batch.map(({ partition, offset }) => `${partition}:${offset}`)),
  });
}

describe('the gatherer', () => {
  it('makes one batch of what several partitions offer', async () => {
    const batches: (readonly string[])[] = [];
    const gatherer = gathering(async (places) => void batches.push(places));
    await Promise.all([
      gatherer.offer(records(0, 5, 2), () => undefined),
      gatherer.offer(records(1, 0, 1), () => undefined),
    ]);
    expect(batches).toEqual([['0:5', '0:6', '1:0']]);
  });

  it('shares a batch fairly, keeps the order of a partition and tells progress', async () => {
    const batches: (readonly string[])[] = [];
    const progress: number[] = [];
    const gatherer = gathering(async (places) => void batches.push(places), 4);
    await Promise.all([
      gatherer.offer(records(0, 0, 7), (next) => progress.push(next)),
      gatherer.offer(records(1, 0, 2), () => undefined),
    ]);
    expect(batches).toEqual([['0:0', '0:1', '1:0', '1:1'], ['0:2', '0:3', '0:4', '0:5'], ['0:6']]);
    expect(progress).toEqual([2, 6, 7]);
  });

  it('withdraws offers when partitions are taken away: the handler is awaited, its retries end', async () => {
    let attempts = 0;
    const gatherer = gathering(async () => {
      attempts += 1;
      await sleep(20);
      throw new Error('again');
    });
    const offer = gatherer.offer(records(0, 0, 3), () => undefined);
    await sleep(15);
    await gatherer.release();
    expect(await offer).toBe(false);
    const before = attempts;
    await sleep(150);
    expect(attempts).toBe(before);
  });

  it('goes on with offers made after a release', async () => {
    const batches: (readonly string[])[] = [];
    const gatherer = gathering(async (places) => void batches.push(places));
    await gatherer.release();
    expect(await gatherer.offer(records(0, 0, 1), () => undefined)).toBe(true);
    expect(batches).toEqual([['0:0']]);
  });
});
