import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type { LogRecord } from '../event-log.js';
import { numbered, numberOf, until } from './log-harness.fixture.js';
import type { LogHarness } from './log-harness.fixture.js';

/** Where a subscription starts, and when it must refuse to. */
export function offsetsContract(harness: LogHarness): void {
  const { newTopic, subscribe } = harness;

  describe('offsets', () => {
    it('asks where to start at the assignment and resumes there', async () => {
      const topic = await newTopic({ partitions: 2 });
      await harness.log.append(numbered(topic, 60, (n) => `key-${n}`));
      const ends = new Map(
        (await harness.log.ranges([topic])).map(({ partition, next }) => [partition, next]),
      );
      const stored = new Map([
        [0, 10],
        [1, (ends.get(1) ?? 0) - 1],
      ]);
      const seen: LogRecord[] = [];
      const incarnations: string[] = [];
      await subscribe({
        topics: [topic],
        startAt: async (partitions, incarnation) => {
          incarnations.push(incarnation);
          return partitions.map(({ partition }) => stored.get(partition));
        },
        onBatch: async ({ records, incarnation }) => {
          incarnations.push(incarnation);
          seen.push(...records);
        },
      });
      await until(() => seen.length >= (ends.get(0) ?? 0) - 10 + 1);
      await sleep(200);
      expect(seen.filter(({ partition }) => partition === 0).map(({ offset }) => offset)).toEqual(
        Array.from({ length: (ends.get(0) ?? 0) - 10 }, (_, index) => index + 10),
      );
      expect(seen.filter(({ partition }) => partition === 1)).toHaveLength(1);
      expect(new Set(incarnations)).toEqual(new Set([await harness.log.incarnation()]));
    });

    it('starts at the end when everything was handled, and sees only what comes', async () => {
      const topic = await newTopic({ partitions: 1 });
      await harness.log.append(numbered(topic, 5, () => 'one'));
      const seen: number[] = [];
      const subscription = await subscribe({
        topics: [topic],
        startAt: async () => [5],
        onBatch: async ({ records }) => void seen.push(...records.map(numberOf)),
      });
      await subscription.ready();
      await harness.log.append(numbered(topic, 1, () => 'one', 5));
      await until(() => seen.length > 0);
      expect(seen).toEqual([5]);
    });

    it('waits for an offset store that cannot answer yet', async () => {
      const topic = await newTopic();
      let asked = 0;
      const subscription = await subscribe({
        topics: [topic],
        startAt: async (partitions) => {
          asked += 1;
          if (asked < 3) throw new TypeError('the database is away');
          return partitions.map(() => undefined);
        },
        onBatch: async () => undefined,
      });
      await subscription.ready();
      expect(asked).toBe(3);
    });

    it('fails, naming the fix, when the offsets belong to another log', async () => {
      const topic = await newTopic();
      const failures: Error[] = [];
      const subscription = await subscribe({
        topics: [topic],
        startAt: async () => {
          throw new Fault('log-incarnation-changed', 'the offsets are of log X');
        },
        onFailure: (error) => void failures.push(error),
        onBatch: async () => undefined,
      });
      await expect(subscription.ready()).rejects.toMatchObject({
        code: 'log-incarnation-changed',
      });
      expect(subscription.state()).toMatchObject({ status: 'failed' });
      expect(failures).toHaveLength(1);
    });

    it('fails, and skips nothing, when the wanted offset lies beyond the end', async () => {
      const topic = await newTopic({ partitions: 1 });
      await harness.log.append(numbered(topic, 3, () => 'one'));
      let batches = 0;
      const subscription = await subscribe({
        topics: [topic],
        startAt: async () => [9],
        onBatch: async () => void (batches += 1),
      });
      await expect(subscription.ready()).rejects.toMatchObject({
        code: 'offset-out-of-range',
        message: expect.stringContaining('doctor'),
      });
      expect(batches).toBe(0);
    });

    it('fails when retention has removed what was never handled', async () => {
      const topic = await newTopic({ partitions: 1 });
      await harness.log.append(numbered(topic, 8, () => 'one'));
      await harness.expire(topic);
      expect(await harness.log.ranges([topic])).toEqual([
        { topic, partition: 0, earliest: 8, next: 8 },
      ]);
      const subscription = await subscribe({
        topics: [topic],
        startAt: async () => [3],
        onBatch: async () => undefined,
      });
      await expect(subscription.ready()).rejects.toMatchObject({ code: 'offset-out-of-range' });
    });

    it('starts at what is left when nothing was stored', async () => {
      const topic = await newTopic({ partitions: 1 });
      await harness.log.append(numbered(topic, 8, () => 'one'));
      await harness.expire(topic);
      await harness.log.append(numbered(topic, 2, () => 'one', 8));
      const seen: number[] = [];
      await subscribe({
        topics: [topic],
        onBatch: async ({ records }) => void seen.push(...records.map(numberOf)),
      });
      await until(() => seen.length >= 2);
      expect(seen).toEqual([8, 9]);
    });
  });
}
