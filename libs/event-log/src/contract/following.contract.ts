import { describe, expect, it } from '@jest/globals';
import type { LogRecord, Positions } from '../event-log.js';
import { partitionName } from '../start-offsets.js';
import { numbered, numberOf, record } from './log-harness.fixture.js';
import type { LogHarness } from './log-harness.fixture.js';

/** Reading without a group, and the life of the client itself. */
export function followingContract(harness: LogHarness): void {
  const { newTopic, another } = harness;

  describe('following', () => {
    it('hands over all that is there and all that comes, without a group', async () => {
      const topics = [await newTopic({ isCompacted: true }), await newTopic()];
      for (const topic of topics) await harness.log.append(numbered(topic, 30, (n) => `key-${n}`));
      const seen: LogRecord[] = [];
      const following = await harness.log.follow({
        topics,
        from: 'earliest',
        onRecords: (records) => void seen.push(...records),
      });
      await following.caughtUp();
      expect(seen).toHaveLength(60);
      await harness.log.append([
        record(topics[0] ?? '', 'key-1', '30'),
        { topic: topics[0] ?? '', key: 'key-2', headers: {}, value: null },
      ]);
      await following.caughtUp();
      expect(seen).toHaveLength(62);
      expect(seen.at(-1)?.value === null || seen.at(-2)?.value === null).toBe(true);
      await following.stop();
    });

    it('from the end sees only what comes, and repeats what its handler refused', async () => {
      const topic = await newTopic();
      await harness.log.append(numbered(topic, 10, (n) => `key-${n}`));
      const seen: number[] = [];
      let attempts = 0;
      const following = await harness.log.follow({
        topics: [topic],
        from: 'latest',
        onRecords: (records) => {
          attempts += 1;
          if (attempts === 1) throw new TypeError('once');
          seen.push(...records.map(numberOf));
        },
      });
      await following.caughtUp();
      await harness.log.append(numbered(topic, 1, () => 'one', 10));
      await following.caughtUp();
      expect(seen).toEqual([10]);
      await following.stop();
    });
  });

  describe('a reader', () => {
    it('gives pages of the partitions that it is asked for, on from where it is asked', async () => {
      const topic = await newTopic();
      await harness.log.append(numbered(topic, 40, (n) => `key-${n}`));
      const reader = await harness.log.reader({ topics: [topic], recordsMax: 7 });
      const ranges = await reader.ranges();
      const [left, ...asked] = ranges;
      const seen: LogRecord[] = [];
      let at: Positions = new Map(
        asked.map((range) => [partitionName(range), { ...range, next: range.earliest }]),
      );
      while (asked.some((range) => (at.get(partitionName(range))?.next ?? 0) < range.next)) {
        const { records, after } = await reader.fetch(at);
        expect([...after.keys()]).toEqual([...at.keys()]);
        seen.push(...records);
        at = after;
      }
      await reader.close();
      expect(seen).toHaveLength(40 - (left?.next ?? 0));
      for (const { partition, next } of asked) {
        const own = seen.filter((record) => record.partition === partition);
        expect(own.map(({ offset }) => offset)).toEqual(Array.from({ length: next }, (_, n) => n));
      }
    });
  });

  it('has one incarnation, whoever asks', async () => {
    const other = await another();
    expect(await other.incarnation()).toBe(await harness.log.incarnation());
  });

  it('refuses appends after it was closed', async () => {
    const topic = await newTopic();
    const other = await harness.openAnother();
    await other.append([record(topic, 'a', '1')]);
    await other.close();
    await expect(other.append([record(topic, 'a', '2')])).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
}
