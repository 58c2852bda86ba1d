import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  EventLog,
  LogRecord,
  OutgoingRecord,
  SubscribeOptions,
  Subscription,
  TopicToCreate,
} from '../event-log.js';

/** What the suite needs of an adapter. Both adapters run the very same tests. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Another client of the same log, as another process would open it. */
  openAnother(): Promise<EventLog>;
  /** Removes every record of the topic, as retention would in time. */
  expire(topic: string): Promise<void>;
  close(): Promise<void>;
}

type SubscribeForTest = Partial<SubscribeOptions> & Pick<SubscribeOptions, 'topics' | 'onBatch'>;

export interface LogHarness extends Omit<LogUnderTest, 'close'> {
  /** A fresh topic: 4 partitions, not compacted, 30 days. */
  readonly newTopic: (options?: Partial<TopicToCreate>) => Promise<string>;
  /** Like openAnother, closed after the test. */
  readonly another: () => Promise<EventLog>;
  /** In a group of its own, from the earliest, unless said otherwise; stopped after the test. */
  readonly subscribe: (options: SubscribeForTest, on?: EventLog) => Promise<Subscription>;
}

const DAY_MS = 86_400_000;

/** Over all partitions that the subscription holds. */
export async function lagOf(subscription: Subscription): Promise<number> {
  return (await subscription.lags()).reduce((sum, { records }) => sum + records, 0);
}

/** Call inside `describe`: opens the log before its tests and closes what they leave open. */
export function useLog(name: string, open: () => Promise<LogUnderTest>): LogHarness {
  let under: LogUnderTest | undefined;
  let subscriptions: Subscription[] = [];
  let others: EventLog[] = [];
  const opened = (): LogUnderTest => {
    if (under === undefined) throw new Error(`the log on ${name} is not open`);
    return under;
  };

  beforeAll(async () => {
    under = await open();
  }, 30_000);
  afterAll(() => under?.close(), 30_000);
  afterEach(async () => {
    await Promise.all(subscriptions.map((subscription) => subscription.stop(2_000)));
    await Promise.all(others.map((other) => other.close()));
    subscriptions = [];
    others = [];
  }, 30_000);

  return {
    get log() {
      return opened().log;
    },
    openAnother: () => opened().openAnother(),
    expire: (topic) => opened().expire(topic),
    newTopic: async (options = {}) => {
      const topic = {
        name: uniqueName('topic'),
        partitions: 4,
        isCompacted: false,
        retentionMs: 30 * DAY_MS,
        ...options,
      };
      await opened().log.ensureTopics([topic]);
      return topic.name;
    },
    another: async () => {
      const other = await opened().openAnother();
      others.push(other);
      return other;
    },
    subscribe: async (options, on = opened().log) => {
      const subscription = await on.subscribe({
        group: uniqueName('group'),
        gatherMs: 5,
        startAt: async (partitions) => partitions.map(() => undefined),
        ...options,
      });
      subscriptions.push(subscription);
      return subscription;
    },
  };
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
