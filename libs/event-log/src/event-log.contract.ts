import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type {
  EventLog,
  LogRecord,
  OutgoingRecord,
  RecordBatch,
  SubscribeOptions,
  Subscription,
  TopicToCreate,
} from './event-log.js';
import { partitionOf } from './partition.js';

/** What the suite needs of an adapter. Both adapters run the very same tests. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Another client of the same log, as another process would open it. */
  openAnother(): Promise<EventLog>;
  /** Removes every record of the topic, as retention would in time. */
  expire(topic: string): Promise<void>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

export function eventLogContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`the event log on ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    let subscriptions: Subscription[] = [];
    let others: EventLog[] = [];

    beforeAll(async () => {
      under = await open();
      log = under.log;
    }, 30_000);
    afterAll(() => under?.close(), 30_000);
    afterEach(async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.stop(2_000)));
      await Promise.all(others.map((other) => other.close()));
      subscriptions = [];
      others = [];
    }, 30_000);

    async function newTopic(options: Partial<TopicToCreate> = {}): Promise<string> {
      const topic = {
        name: uniqueName('topic'),
        partitions: 4,
        isCompacted: false,
        retentionMs: 30 * DAY_MS,
        ...options,
      };
      await log.ensureTopics([topic]);
      return topic.name;
    }

    async function another(): Promise<EventLog> {
      const other = await under.openAnother();
      others.push(other);
      return other;
    }

    async function subscribe(
      options: Partial<SubscribeOptions> & Pick<SubscribeOptions, 'topics' | 'onBatch'>,
      on: EventLog = log,
    ): Promise<Subscription> {
      const subscription = await on.subscribe({
        group: uniqueName('group'),
        gatherMs: 5,
        startAt: async (partitions) => partitions.map(() => undefined),
        ...options,
      });
      subscriptions.push(subscription);
      return subscription;
    }

    describe('appending and reading', () => {
      it('gives dense offsets in the order of appending, by partition', async () => {
        const topic = await newTopic();
        for (let round = 0; round < 3; round++) {
          await log.append(numbered(topic, 40, (n) => `key-${n % 10}`, round * 40));
        }
        const records = await readAll(log, topic);
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
        await log.append(numbered(topic, 30, (n) => `schlüssel-${n}`));
        for (const record of await readAll(log, topic)) {
          expect(record.partition).toBe(partitionOf(record.key, 7));
        }
      });

      it('keeps the order of a key through concurrent appends of one caller', async () => {
        const topic = await newTopic();
        const calls = Array.from({ length: 300 }, (_, n) =>
          log.append([record(topic, `key-${n % 3}`, String(n))]),
        );
        await Promise.all(calls);
        for (const key of ['key-0', 'key-1', 'key-2']) {
          const numbers = (await readAll(log, topic))
            .filter((each) => each.key === key)
            .map(numberOf);
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
        await log.append(poison);
        const read = await readAll(log, topic);
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
        const tooLarge = log.append([
          { topic, key: 'a', headers: {}, value: Buffer.alloc(1_100_000) },
        ]);
        const neighbour = log.append([record(topic, 'a', 'neighbour')]);
        await expect(tooLarge).rejects.toMatchObject({ code: 'too-large', isRetriable: false });
        await neighbour;
        expect(await readAll(log, topic)).toHaveLength(1);
      });

      it('refuses a topic that was never created', async () => {
        await expect(log.append([record('touchline.nowhere', 'a', '1')])).rejects.toMatchObject({
          code: 'not-found',
        });
      });

      it('takes one append larger than a send, in order', async () => {
        const topic = await newTopic({ partitions: 1 });
        await log.append(numbered(topic, 2_500, () => 'one'));
        expect((await readAll(log, topic)).map(numberOf)).toEqual(
          Array.from({ length: 2_500 }, (_, n) => n),
        );
      });

      it('reads from an offset, at most as many as asked, and nothing beyond the end', async () => {
        const topic = await newTopic({ partitions: 1 });
        await log.append(numbered(topic, 10, () => 'one'));
        const at = { topic, partition: 0 };
        expect((await log.read({ ...at, from: 4, max: 3 })).map(({ offset }) => offset)).toEqual([
          4, 5, 6,
        ]);
        expect(await log.read({ ...at, from: 10, max: 3 })).toEqual([]);
        const [first] = await log.read({ ...at, from: 0, max: 1 });
        expect(Math.abs((first?.appendedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      });

      it('tells the range of every partition; creating a topic again changes nothing', async () => {
        const topic = await newTopic({ partitions: 2 });
        await log.append(numbered(topic, 5, () => 'one'));
        await log.ensureTopics([{ name: topic, partitions: 9, isCompacted: true, retentionMs: 1 }]);
        const ranges = await log.ranges([topic]);
        expect(ranges.map(({ partition }) => partition).sort()).toEqual([0, 1]);
        expect(ranges.map(({ next }) => next).sort()).toEqual([0, 5]);
        expect(ranges.every(({ earliest }) => earliest === 0)).toBe(true);
      });
    });

    describe('subscribing', () => {
      it('hands over every record, those of a key in order, in batches within the limit', async () => {
        const topic = await newTopic();
        await log.append(numbered(topic, 1_000, (n) => `key-${n % 7}`));
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
        await log.append(numbered(topic, 200, (n) => `key-${n % 7}`, 1_000));
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
        for (const topic of topics) await log.append(numbered(topic, 100, (n) => `key-${n}`));
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
        await log.append(numbered(topic, 500, (n) => `key-${n}`));
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
        expect(await subscription.lag()).toBe(500);
        release();
        await until(() => handled === 500);
        expect(most).toBe(1);
        await until(async () => (await subscription.lag()) === 0);
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
          await log.append(numbered(topic, 3, () => 'one'));
          await until(() => done.length >= 3);
          await log.append(numbered(topic, 1, () => 'one', 3));
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
        await log.append([record(topic, 'a', '1')]);
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
        await log.append([record(topic, 'a', '1')]);
        await until(() => seenAt > 0);
        expect(seenAt - appendedAt).toBeLessThan(1_000);
      });
    });

    describe('offsets', () => {
      it('asks where to start at the assignment and resumes there', async () => {
        const topic = await newTopic({ partitions: 2 });
        await log.append(numbered(topic, 60, (n) => `key-${n}`));
        const ends = new Map(
          (await log.ranges([topic])).map(({ partition, next }) => [partition, next]),
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
        expect(new Set(incarnations)).toEqual(new Set([await log.incarnation()]));
      });

      it('starts at the end when everything was handled, and sees only what comes', async () => {
        const topic = await newTopic({ partitions: 1 });
        await log.append(numbered(topic, 5, () => 'one'));
        const seen: number[] = [];
        const subscription = await subscribe({
          topics: [topic],
          startAt: async () => [5],
          onBatch: async ({ records }) => void seen.push(...records.map(numberOf)),
        });
        await subscription.ready();
        await log.append(numbered(topic, 1, () => 'one', 5));
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
        await log.append(numbered(topic, 3, () => 'one'));
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
        await log.append(numbered(topic, 8, () => 'one'));
        await under.expire(topic);
        expect(await log.ranges([topic])).toEqual([{ topic, partition: 0, earliest: 8, next: 8 }]);
        const subscription = await subscribe({
          topics: [topic],
          startAt: async () => [3],
          onBatch: async () => undefined,
        });
        await expect(subscription.ready()).rejects.toMatchObject({ code: 'offset-out-of-range' });
      });

      it('starts at what is left when nothing was stored', async () => {
        const topic = await newTopic({ partitions: 1 });
        await log.append(numbered(topic, 8, () => 'one'));
        await under.expire(topic);
        await log.append(numbered(topic, 2, () => 'one', 8));
        const seen: number[] = [];
        await subscribe({
          topics: [topic],
          onBatch: async ({ records }) => void seen.push(...records.map(numberOf)),
        });
        await until(() => seen.length >= 2);
        expect(seen).toEqual([8, 9]);
      });
    });

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
        await log.append(numbered(topic, 50, (n) => `key-${n}`));
        await until(() => seen.every((numbers) => numbers.length >= 50));
        expect(seen.map((numbers) => numbers.length)).toEqual([50, 50]);
      });

      it('divides the partitions between two workers, and gives all back when one leaves', async () => {
        const topic = await newTopic();
        const group = uniqueName('group');
        const store = new Offsets();
        const seen: Set<string>[] = [new Set(), new Set()];
        const numbers = new Set<number>();
        const worker = (index: number) => ({
          topics: [topic],
          group,
          startAt: store.startAt,
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
        await log.append(numbered(topic, 40, (n) => `key-${n}`));
        await until(() => numbers.size === 40);
        expect(seen[0]?.size).toBe(4);

        const second = await subscribe(worker(1), await another());
        await second.ready();
        let next = 40;
        await until(async () => {
          seen.forEach((partitions) => partitions.clear());
          await log.append(numbered(topic, 40, (n) => `key-${n}`, next));
          next += 40;
          await until(() => numbers.size === next);
          return seen[0]?.size === 2 && seen[1]?.size === 2;
        });

        await first.stop();
        seen.forEach((partitions) => partitions.clear());
        await log.append(numbered(topic, 40, (n) => `key-${n}`, next));
        await until(() => numbers.size === next + 40);
        expect(seen[0]?.size).toBe(0);
        expect(seen[1]?.size).toBe(4);
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
        await log.append(numbered(topic, 40, (n) => `key-${n}`));
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
        await log.append([record(topic, 'a', '1')]);
        await until(() => isHanging);
        const startedAt = performance.now();
        await subscription.stop(300);
        expect(performance.now() - startedAt).toBeLessThan(3_000);
        expect(subscription.state()).toEqual({ status: 'stopped' });
        release();
      });
    });

    describe('following', () => {
      it('hands over all that is there and all that comes, without a group', async () => {
        const topics = [await newTopic({ isCompacted: true }), await newTopic()];
        for (const topic of topics) await log.append(numbered(topic, 30, (n) => `key-${n}`));
        const seen: LogRecord[] = [];
        const following = await log.follow({
          topics,
          from: 'earliest',
          onRecords: (records) => void seen.push(...records),
        });
        await following.caughtUp();
        expect(seen).toHaveLength(60);
        await log.append([
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
        await log.append(numbered(topic, 10, (n) => `key-${n}`));
        const seen: number[] = [];
        let attempts = 0;
        const following = await log.follow({
          topics: [topic],
          from: 'latest',
          onRecords: (records) => {
            attempts += 1;
            if (attempts === 1) throw new TypeError('once');
            seen.push(...records.map(numberOf));
          },
        });
        await following.caughtUp();
        await log.append(numbered(topic, 1, () => 'one', 10));
        await following.caughtUp();
        expect(seen).toEqual([10]);
        await following.stop();
      });
    });

    it('has one incarnation, whoever asks', async () => {
      const other = await another();
      expect(await other.incarnation()).toBe(await log.incarnation());
      expect(await log.describe()).toContain(name);
    });

    it('refuses appends after it was closed', async () => {
      const topic = await newTopic();
      const other = await under.openAnother();
      await other.append([record(topic, 'a', '1')]);
      await other.close();
      await expect(other.append([record(topic, 'a', '2')])).rejects.toMatchObject({
        code: 'unavailable',
      });
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

let count = 0;

export function uniqueName(kind: string): string {
  count += 1;
  return `touchline.test.${kind}.${process.pid}.${Date.now().toString(36)}.${count}`;
}

export function record(topic: string, key: string, value: string): OutgoingRecord {
  return { topic, key, headers: { ce_id: `${key}-${value}` }, value: Buffer.from(value) };
}

export function numbered(
  topic: string,
  length: number,
  keyOf: (n: number) => string,
  from = 0,
): OutgoingRecord[] {
  return Array.from({ length }, (_, index) =>
    record(topic, keyOf(from + index), String(from + index)),
  );
}

export function numberOf({ value }: LogRecord): number {
  return Number(value?.toString());
}

export async function readAll(log: EventLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const { partition, earliest, next } of await log.ranges([topic])) {
    let from = earliest;
    while (from < next) {
      const page = await log.read({ topic, partition, from, max: 1_000 });
      if (page.length === 0) break;
      records.push(...page);
      from = (page.at(-1)?.offset ?? next) + 1;
    }
  }
  return records;
}

/** Looks every 20 ms, for 20 s. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`not within 20 s: ${isTrue.toString()}`);
    await sleep(20);
  }
}
