import { describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '../event-log.js';
import { partitionOf } from '../partition.js';
import { numbered, numberOf, readAll, record } from './log-harness.fixture.js';
import type { LogHarness } from './log-harness.fixture.js';

/** Offsets, partitions, bytes and limits of what is appended. */
export function appendingContract(harness: LogHarness): void {
  const { newTopic } = harness;

  describe('appending and reading', () => {
    it('gives dense offsets in the order of appending, by partition', async () => {
      const topic = await newTopic();
      for (let round = 0; round < 3; round++) {
        await harness.log.append(numbered(topic, 40, (n) => `key-${n % 10}`, round * 40));
      }
      const records = await readAll(harness.log, topic);
      expect(records).toHaveLength(120);
      for (const partition of [0, 1, 2, 3]) {
        const inPartition = records.filter((record) => record.partition === partition);
        expect(inPartition.map(({ offset }) => offset)).toEqual(
          inPartition.map((_, index) => index),
        );
        const numbers = inPartition.map(numberOf);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
    });

    it('puts a key where the default partitioner of Kafka puts it', async () => {
      const topic = await newTopic({ partitions: 7 });
      await harness.log.append(numbered(topic, 30, (n) => `schlüssel-${n}`));
      for (const record of await readAll(harness.log, topic)) {
        expect(record.partition).toBe(partitionOf(record.key, 7));
      }
    });

    it('keeps the order of a key through concurrent appends of one caller', async () => {
      const topic = await newTopic();
      const calls = Array.from({ length: 300 }, (_, n) =>
        harness.log.append([record(topic, `key-${n % 3}`, String(n))]),
      );
      await Promise.all(calls);
      for (const key of ['key-0', 'key-1', 'key-2']) {
        const records = await readAll(harness.log, topic);
        // A slow broker may get a request twice; repeats are allowed, another order of first occurrences is not.
        const numbers = [...new Set(records.filter((each) => each.key === key).map(numberOf))];
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        expect(numbers).toHaveLength(100);
      }
    });

    it('passes any bytes through: poison for a database or a parser is none for the log', async () => {
      const topic = await newTopic({ partitions: 1 });
      const poison: OutgoingRecord[] = [
        {
          topic,
          key: 'zero\u0000key',
          headers: { tl_id: 'a\u0000b' },
          value: Buffer.from('"\\u0000"'),
        },
        { topic, key: 'not-json', headers: {}, value: Buffer.from('{"open":') },
        {
          topic,
          key: 'bytes',
          headers: { ä: '✓ 🜁' },
          value: Buffer.from([0, 255, 254, 128, 10]),
        },
        { topic, key: 'empty', headers: {}, value: Buffer.alloc(0) },
        { topic, key: 'tombstone', headers: { ce_revision: '7' }, value: null },
        { topic, key: '', headers: {}, value: Buffer.from('no key') },
        { topic, key: 'large', headers: {}, value: Buffer.alloc(900_000, 7) },
      ];
      await harness.log.append(poison);
      const read = await readAll(harness.log, topic);
      expect(read.map(({ key, headers }) => ({ key, headers }))).toEqual(
        poison.map(({ key, headers }) => ({ key, headers })),
      );
      read.forEach((each, index) =>
        expect(each.value?.equals(poison[index]?.value ?? Buffer.alloc(0)) ?? null).toBe(
          poison[index]?.value === null ? null : true,
        ),
      );
    });

    it('refuses a record that is too large, and its neighbours go through', async () => {
      const topic = await newTopic();
      const tooLarge = harness.log.append([
        { topic, key: 'a', headers: {}, value: Buffer.alloc(1_100_000) },
      ]);
      const neighbour = harness.log.append([record(topic, 'a', 'neighbour')]);
      await expect(tooLarge).rejects.toMatchObject({ code: 'too-large', isRetriable: false });
      await neighbour;
      expect(await readAll(harness.log, topic)).toHaveLength(1);
    });

    it('takes the first append to a topic just made once, in every partition', async () => {
      for (let round = 0; round < 10; round++) {
        const topic = await newTopic();
        await harness.log.append(numbered(topic, 100, (n) => `key-${n}`));
        expect(await readAll(harness.log, topic)).toHaveLength(100);
      }
    });

    it('refuses a topic that was never created', async () => {
      await expect(
        harness.log.append([record('touchline.nowhere', 'a', '1')]),
      ).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    it('takes one append larger than a send, in order', async () => {
      const topic = await newTopic({ partitions: 1 });
      await harness.log.append(numbered(topic, 2_500, () => 'one'));
      expect((await readAll(harness.log, topic)).map(numberOf)).toEqual(
        Array.from({ length: 2_500 }, (_, n) => n),
      );
    });

    it('reads from an offset, at most as many as asked, and nothing beyond the end', async () => {
      const topic = await newTopic({ partitions: 1 });
      await harness.log.append(numbered(topic, 10, () => 'one'));
      const at = { topic, partition: 0 };
      expect(
        (await harness.log.read({ ...at, from: 4, max: 3 })).map(({ offset }) => offset),
      ).toEqual([4, 5, 6]);
      expect(await harness.log.read({ ...at, from: 10, max: 3 })).toEqual([]);
      const [first] = await harness.log.read({ ...at, from: 0, max: 1 });
      expect(Math.abs((first?.appendedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('tells the range of every partition; creating a topic again changes nothing', async () => {
      const topic = await newTopic({ partitions: 2 });
      await harness.log.append(numbered(topic, 5, () => 'one'));
      await harness.log.ensureTopics([
        { name: topic, partitions: 9, isCompacted: true, retentionMs: 1 },
      ]);
      const ranges = await harness.log.ranges([topic]);
      expect(ranges.map(({ partition }) => partition).sort()).toEqual([0, 1]);
      expect(ranges.map(({ next }) => next).sort()).toEqual([0, 5]);
      expect(ranges.every(({ earliest }) => earliest === 0)).toBe(true);
    });
  });
}
