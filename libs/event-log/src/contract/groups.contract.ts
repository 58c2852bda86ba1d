import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord, RecordBatch, SubscribeOptions } from '../event-log.js';
import { numbered, numberOf, record, uniqueName, until } from './log-harness.fixture.js';
import type { LogHarness } from './log-harness.fixture.js';

/** Several groups, several workers of one group, and leaving. */
export function groupsContract(harness: LogHarness): void {
  const { newTopic, another, subscribe } = harness;

  describe('groups', () => {
    it('gives every group all records', async () => {
      const topic = await newTopic();
      const seen: number[][] = [[], []];
      for (const numbers of seen) {
        await subscribe({
          topics: [topic],
          onBatch: async ({ records }) => void numbers.push(...records.map(numberOf)),
        });
      }
      await harness.log.append(numbered(topic, 50, (n) => `key-${n}`));
      await until(() => seen.every((numbers) => numbers.length >= 50));
      expect(seen.map((numbers) => numbers.length)).toEqual([50, 50]);
    });

    it('divides the partitions between two workers, and gives all back when one leaves', async () => {
      const topic = await newTopic();
      const group = uniqueName('group');
      const store = new Offsets();
      const seen: Set<string>[] = [new Set(), new Set()];
      const numbers = new Set<number>();
      const held = [0, 0];
      const worker = (index: number) => ({
        topics: [topic],
        group,
        startAt: store.startAt,
        onAssigned: (partitions: number) => void (held[index] = partitions),
        onBatch: async (batch: RecordBatch) => {
          for (const each of batch.records) {
            if (!store.take(each)) continue;
            seen[index]?.add(String(each.partition));
            numbers.add(numberOf(each));
          }
        },
      });
      const first = await subscribe(worker(0));
      await first.ready();
      await harness.log.append(numbered(topic, 40, (n) => `key-${n}`));
      await until(() => numbers.size === 40);
      expect(seen[0]?.size).toBe(4);
      expect(held).toEqual([4, 0]);

      const second = await subscribe(worker(1), await another());
      await second.ready();
      let next = 40;
      await until(async () => {
        seen.forEach((partitions) => partitions.clear());
        await harness.log.append(numbered(topic, 40, (n) => `key-${n}`, next));
        next += 40;
        await until(() => numbers.size === next);
        return seen[0]?.size === 2 && seen[1]?.size === 2;
      });

      expect(held).toEqual([2, 2]);
      expect(await first.lags()).toHaveLength(2);
      expect(await harness.log.members(group)).toBe(2);

      await first.stop();
      expect(await harness.log.members(group)).toBe(1);
      expect(await harness.log.members(uniqueName('nobody'))).toBe(0);
      seen.forEach((partitions) => partitions.clear());
      await harness.log.append(numbered(topic, 40, (n) => `key-${n}`, next));
      await until(() => numbers.size === next + 40);
      expect(seen[0]?.size).toBe(0);
      expect(seen[1]?.size).toBe(4);
      expect(held[1]).toBe(4);
      expect(second.state()).toEqual({ status: 'running' });
    }, 40_000);

    it('hands partitions over while the handler of the old worker keeps failing', async () => {
      const topic = await newTopic();
      const group = uniqueName('group');
      const store = new Offsets();
      const numbers = new Set<number>();
      const first = await subscribe({
        topics: [topic],
        group,
        startAt: store.startAt,
        onBatch: async () => {
          throw new Error('never');
        },
      });
      await first.ready();
      await harness.log.append(numbered(topic, 40, (n) => `key-${n}`));
      await sleep(300);
      await subscribe(
        {
          topics: [topic],
          group,
          startAt: store.startAt,
          onBatch: async ({ records }) => {
            for (const each of records) if (store.take(each)) numbers.add(numberOf(each));
          },
        },
        await another(),
      );
      await until(() => numbers.size > 0);
      await first.stop(1_000);
      await until(() => numbers.size === 40);
    }, 40_000);

    it('stops within its deadline although a handler hangs', async () => {
      const topic = await newTopic();
      let isHanging = false;
      let release: () => void = () => undefined;
      const subscription = await subscribe({
        topics: [topic],
        onBatch: () => {
          isHanging = true;
          return new Promise((resolve) => (release = resolve));
        },
      });
      await harness.log.append([record(topic, 'a', '1')]);
      await until(() => isHanging);
      const startedAt = performance.now();
      await subscription.stop(300);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(subscription.state()).toEqual({ status: 'stopped' });
      release();
    });
  });
}

/** Offsets as a service keeps them: what was handled is not handled again. */
class Offsets {
  private readonly next = new Map<number, number>();

  startAt: SubscribeOptions['startAt'] = async (partitions) =>
    partitions.map(({ partition }) => this.next.get(partition));

  take({ partition, offset }: LogRecord): boolean {
    if (offset < (this.next.get(partition) ?? 0)) return false;
    this.next.set(partition, offset + 1);
    return true;
  }
}
