import { Fault, SystemClock } from '#kernel';
import type { Clock } from '#kernel';
import type pg from 'pg';
import { Accumulator } from '../accumulator.js';
import { EventLog } from '../event-log.js';
import type {
  FollowOptions,
  Following,
  LogReader,
  LogRecord,
  OutgoingRecord,
  PartitionRange,
  ReaderOptions,
  ReadOptions,
  SubscribeOptions,
  Subscription,
  TopicToCreate,
} from '../event-log.js';
import { Follower } from '../follower.js';
import { partitionOf } from '../partition.js';
import { assertSize, sizeOf, WAITING } from '../routing.js';
import { inTransaction, openPool } from './database.js';
import { maintain } from './maintenance.js';
import { countMembers } from './membership.js';
import { PostgresSubscription } from './postgres-subscription.js';
import { PostgresTail } from './postgres-tail.js';
import { appendRecords, readPage, readRanges } from './record-store.js';
import type { RoutedRecord } from './record-store.js';
import { LOG_SCHEMA } from './schema.js';
import { TopicDirectory } from './topic-directory.js';
import { WakeUp } from './wake-up.js';

export interface PostgresLogOptions {
  readonly url: string;
  /** Partitions of a topic that `ensureTopics` is not told a number for (default 4). */
  readonly partitionsDefault?: number;
  readonly clock?: Clock;
  /** Connections for reading, beside one for appends and one for wake-ups (default 8). */
  readonly poolSize?: number;
  /** How long a silent subscriber keeps its partitions (default 10,000). */
  readonly leaseMs?: number;
  /** Look for records at least this often (default 500). */
  readonly pollMs?: number;
  /** Retention and compaction run this often (default 60,000; 0 = only by `maintain`). */
  readonly maintainEveryMs?: number;
}

/** The embedded log: Kafka's promises, as far as we use them, on tables of Postgres. */
export class PostgresLog extends EventLog {
  private readonly accumulator: Accumulator<RoutedRecord>;
  private readonly wakeUp: WakeUp;
  private readonly topics: TopicDirectory;
  private readonly open = new Set<{ stop(): Promise<void> }>();
  private maintenance: NodeJS.Timeout | undefined;
  private maintaining: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: pg.Pool,
    /** One connection, so that appends cannot overtake each other. */
    private readonly appendPool: pg.Pool,
    private readonly options: PostgresLogOptions & { readonly clock: Clock },
  ) {
    super();
    this.topics = new TopicDirectory(pool);
    this.wakeUp = new WakeUp(options.url);
    this.accumulator = new Accumulator<RoutedRecord>({
      send: (records) => appendRecords(appendPool, records, options.clock.now()),
      bytesOf: sizeOf,
      sendItemsMax: 1_000,
      sendBytesMax: 4_000_000,
      ...WAITING,
      lingerMs: 1,
      deadlineMs: 4_500,
    });
  }

  async start(): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('touchline_log.schema'))`);
      await client.query(LOG_SCHEMA);
    });
    await this.wakeUp.start();
    const everyMs = this.options.maintainEveryMs ?? 60_000;
    if (everyMs > 0) this.maintenance = setInterval(() => this.maintainQuietly(), everyMs).unref();
  }

  async incarnation(): Promise<string> {
    const { rows } = await this.pool.query<{ id: string }>('SELECT id FROM log.incarnation');
    const id = rows[0]?.id;
    if (id === undefined)
      throw new Fault('unavailable', 'the log has no incarnation', { retriable: true });
    return id;
  }

  async ensureTopics(topics: readonly TopicToCreate[]): Promise<void> {
    const partitions = this.options.partitionsDefault ?? 4;
    await this.topics.ensure(
      topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions > 0 ? topic.partitions : partitions,
      })),
    );
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    const names = [...new Set(records.map(({ topic }) => topic))];
    const entries = await this.topics.find(names).catch(asUnavailable);
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    const routed = records.map((record): RoutedRecord => {
      assertSize(record);
      const entry = byName.get(record.topic);
      return {
        ...record,
        topicId: entry?.topicId ?? 0,
        partition: partitionOf(record.key, entry?.partitions ?? 1),
        keyBytes: Buffer.from(record.key, 'utf8'),
        headerBytes: Buffer.from(JSON.stringify(record.headers), 'utf8'),
      };
    });
    await this.accumulator.append(routed);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = new PostgresSubscription(
      {
        pool: this.pool,
        wakeUp: this.wakeUp,
        incarnation: await this.incarnation(),
        topics: await this.topics.find(options.topics),
        leaseMs: this.options.leaseMs ?? 10_000,
        pollMs: this.options.pollMs ?? 500,
      },
      options,
    );
    subscription.start();
    this.open.add(subscription);
    return subscription;
  }

  async read(options: ReadOptions): Promise<readonly LogRecord[]> {
    const [entry] = await this.topics.find([options.topic]);
    if (entry === undefined) return [];
    const { topic, partition, from, max } = options;
    const page = await readPage(
      this.pool,
      [{ topicId: entry.topicId, topic, partition, next: from }],
      [max],
    );
    return page.records;
  }

  async follow(options: FollowOptions): Promise<Following> {
    const tail = await this.reader({ topics: options.topics });
    const follower = new Follower(tail, options);
    await follower.start();
    this.open.add(follower);
    return follower;
  }

  async reader({ topics, recordsMax }: ReaderOptions): Promise<LogReader> {
    return new PostgresTail({
      pool: this.pool,
      wakeUp: this.wakeUp,
      topics: await this.topics.find(topics),
      pollMs: this.options.pollMs ?? 500,
      pageMax: recordsMax,
    });
  }

  async ranges(topics: readonly string[]): Promise<readonly PartitionRange[]> {
    const entries = await this.topics.find(topics);
    return readRanges(
      this.pool,
      entries.flatMap(({ topicId, name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topicId, topic: name, partition })),
      ),
    );
  }

  members(group: string): Promise<number> {
    return countMembers(this.pool, group);
  }

  /** Retention and compaction as of `now` (ms). Runs by itself every `maintainEveryMs`; one process at a time. */
  async maintain(now: number): Promise<void> {
    await maintain(this.pool, now);
  }

  async describe(): Promise<string> {
    return `postgres log ${await this.incarnation()}`;
  }

  async close(): Promise<void> {
    clearInterval(this.maintenance);
    await this.accumulator.close();
    await Promise.all([...this.open].map((each) => each.stop()));
    await this.maintaining;
    await this.wakeUp.close();
    await Promise.all([this.pool.end(), this.appendPool.end()]);
  }

  private maintainQuietly(): void {
    // What fails now is tried again at the next turn; nothing depends on when it runs.
    this.maintaining = this.maintaining.then(() =>
      this.maintain(this.options.clock.now()).catch(() => undefined),
    );
  }
}

/** Opens the log in schema `log` of the database, making its tables when they are missing. Leaves nothing open when it fails. */
export async function openPostgresLog(options: PostgresLogOptions): Promise<PostgresLog> {
  const pool = openPool({
    url: options.url,
    size: options.poolSize ?? 8,
    statementTimeoutMs: 60_000,
  });
  const appendPool = openPool({ url: options.url, size: 1, statementTimeoutMs: 4_000 });
  const log = new PostgresLog(pool, appendPool, {
    ...options,
    clock: options.clock ?? new SystemClock(),
  });
  try {
    await log.start();
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

function asUnavailable(error: unknown): never {
  if (error instanceof Fault) throw error;
  throw new Fault('unavailable', 'the event log cannot be reached', {
    retriable: true,
    cause: error,
  });
}
