import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type { LogRecord, RecordBatch } from '../event-log.js';
import { lagOf, numbered, numberOf, record, until } from './log-harness.fixture.js';
import type { LogHarness } from './log-harness.fixture.js';

/** Batches, back-pressure, redelivery: what a handler may rely on. */
export function subscribingContract(harness: LogHarness): void {
  const { newTopic, subscribe } = harness;

  describe('subscribing', () => {
    it('hands over every record, those of a key in order, in batches within the limit', async () => {
      const topic = await newTopic();
      await harness.log.append(numbered(topic, 1_000, (n) => `key-${n % 7}`));
      const seen: LogRecord[] = [];
      const sizes: number[] = [];
      await subscribe({
        topics: [topic],
        batchSizeMax: 64,
        onBatch: async ({ records }) => {
          sizes.push(records.length);
          seen.push(...records);
        },
      });
      await harness.log.append(numbered(topic, 200, (n) => `key-${n % 7}`, 1_000));
      await until(() => seen.length >= 1_200);
      expect(seen).toHaveLength(1_200);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
      expect(Math.max(...sizes)).toBeGreaterThan(32);
      for (let key = 0; key < 7; key++) {
        const numbers = seen.filter((each) => each.key === `key-${key}`).map(numberOf);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
    });

    it('gathers over all partitions and topics that it holds', async () => {
      const topics = [await newTopic(), await newTopic()];
      for (const topic of topics) await harness.log.append(numbered(topic, 100, (n) => `key-${n}`));
      const batches: RecordBatch[] = [];
      await subscribe({
        topics,
        batchSizeMax: 500,
        gatherMs: 300,
        onBatch: async (batch) => void batches.push(batch),
      });
      await until(() => batches.flatMap(({ records }) => records).length >= 200);
      expect(batches.length).toBeLessThanOrEqual(4);
      const places = new Set(
        batches[0]?.records.map(({ topic: name, partition }) => `${name}/${partition}`),
      );
      expect(places.size).toBeGreaterThan(1);
    });

    it('runs one batch at a time, and reads no further ahead than its bounds', async () => {
      const topic = await newTopic();
      await harness.log.append(numbered(topic, 500, (n) => `key-${n}`));
      let running = 0;
      let most = 0;
      let handled = 0;
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const subscription = await subscribe({
        topics: [topic],
        batchSizeMax: 50,
        onBatch: async ({ records }) => {
          running += 1;
          most = Math.max(most, running);
          if (handled === 0) await gate;
          handled += records.length;
          running -= 1;
        },
      });
      await until(() => running === 1);
      await sleep(300);
      expect(handled).toBe(0);
      expect(await lagOf(subscription)).toBe(500);
      release();
      await until(() => handled === 500);
      expect(most).toBe(1);
      await until(async () => (await lagOf(subscription)) === 0);
    });

    const thrown = [
      new TypeError('undefined is not a function'),
      new SyntaxError('Unexpected token'),
      new RangeError('Maximum call stack size exceeded'),
      new ReferenceError('x is not defined'),
      new Fault('invalid-value', 'final for a caller, not for the log'),
      new Fault('unavailable', 'database away', { retriable: true }),
      'a string',
    ];
    it.each(
      thrown.map(
        (error) =>
          [error instanceof Error ? error.name + ' ' + error.message : error, error] as const,
      ),
    )(
      'survives a handler that throws %s: the same records come again, none is lost',
      async (_, error) => {
        const topic = await newTopic();
        const attempts: string[] = [];
        const retries: unknown[] = [];
        const done: number[] = [];
        const subscription = await subscribe({
          topics: [topic],
          onRetry: (cause) => void retries.push(cause),
          onBatch: async ({ records }) => {
            attempts.push(records.map(numberOf).join());
            if (attempts.length <= 2) throw error;
            done.push(...records.map(numberOf));
          },
        });
        await harness.log.append(numbered(topic, 3, () => 'one'));
        await until(() => done.length >= 3);
        await harness.log.append(numbered(topic, 1, () => 'one', 3));
        await until(() => done.length >= 4);
        expect(attempts[1]).toBe(attempts[0]);
        expect(attempts[2]).toBe(attempts[0]);
        expect(done).toEqual([0, 1, 2, 3]);
        expect(retries).toContain(error);
        expect(subscription.state()).toEqual({ status: 'running' });
      },
    );

    it('survives a handler that throws synchronously', async () => {
      const topic = await newTopic();
      let attempts = 0;
      await subscribe({
        topics: [topic],
        onBatch: () => {
          attempts += 1;
          if (attempts === 1) throw new TypeError('at once');
          return Promise.resolve();
        },
      });
      await harness.log.append([record(topic, 'a', '1')]);
      await until(() => attempts === 2);
    });

    it('takes new records while a group is idle within a second', async () => {
      const topic = await newTopic();
      let seenAt = 0;
      const subscription = await subscribe({
        topics: [topic],
        onBatch: async () => void (seenAt = performance.now()),
      });
      await subscription.ready();
      await sleep(700);
      const appendedAt = performance.now();
      await harness.log.append([record(topic, 'a', '1')]);
      await until(() => seenAt > 0);
      expect(seenAt - appendedAt).toBeLessThan(1_000);
    });
  });
}
