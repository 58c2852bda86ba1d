import type { Admin, Consumer, Kafka, Producer } from 'kafkajs';
import { Fault } from '#kernel';
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
import { assertSize, RECORD_BYTES_MAX, sizeOf, WAITING } from '../routing.js';
import { ClusterReader } from './cluster-reader.js';
import { META_TOPIC, readIncarnation } from './incarnation.js';
import { asUnavailable, newKafka, REQUEST_TIMEOUT_MS, within } from './kafka-client.js';
import type { KafkaLogOptions } from './kafka-client.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { KafkaTail, LIMITS } from './kafka-tail.js';
import { toMessage } from './record-codec.js';
import { Topology } from './topology.js';

interface RoutedRecord {
  readonly record: OutgoingRecord;
  readonly partition: number;
}

const CLOSE_DEADLINE_MS = 5_000;
const JOIN_TIMEOUT_MS = 65_000;
const YEAR_MS = 365 * 86_400_000;

/** The distributed log: Apache Kafka by kafkajs. */
export class KafkaLog extends EventLog {
  private readonly admin: Admin;
  private readonly producer: Producer;
  private readonly topology: Topology;
  private readonly clusterReader: ClusterReader;
  private readonly accumulator: Accumulator<RoutedRecord>;
  private readonly open = new Set<{ stop(): Promise<void> }>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: KafkaLogOptions,
  ) {
    super();
    this.admin = kafka.admin();
    this.producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false, // decision 0007
      // Partitions are chosen here, by the same function as in the embedded log.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    this.topology = new Topology(this.admin, options.topicPrefix ?? '');
    this.clusterReader = new ClusterReader(options);
    this.accumulator = new Accumulator<RoutedRecord>({
      send: (items) => this.send(items),
      bytesOf: ({ record }) => sizeOf(record),
      sendItemsMax: 500,
      sendBytesMax: RECORD_BYTES_MAX,
      ...WAITING,
      lingerMs: 2,
      deadlineMs: 4_500,
    });
  }

  /** Connects, and makes the meta topic when it is missing. */
  async start(): Promise<void> {
    try {
      await Promise.all([this.admin.connect(), this.producer.connect()]);
      await this.ensureTopics([
        { name: META_TOPIC, partitions: 1, isCompacted: true, retentionMs: YEAR_MS },
      ]);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async incarnation(): Promise<string> {
    try {
      return await readIncarnation({
        admin: this.admin,
        producer: this.producer,
        topic: this.topology.prefixed(META_TOPIC),
        range: async () => (await this.topology.ranges([META_TOPIC]))[0],
        readFrom: (from) => this.read({ topic: META_TOPIC, partition: 0, from, max: 1_000 }),
      });
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async ensureTopics(topics: readonly TopicToCreate[]): Promise<void> {
    try {
      const existing = new Set(await this.admin.listTopics());
      const missing = topics.filter(({ name }) => !existing.has(this.topology.prefixed(name)));
      // Resolves to false, without an error, for topics that another process made in the meantime.
      if (missing.length > 0) await this.createTopics(missing);
      await this.topology.untilLed(topics.map(({ name }) => name));
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    const partitions = await within(this.topology.partitionsOf(topics), 4_500);
    const routed = records.map((record): RoutedRecord => {
      assertSize(record);
      return { record, partition: partitionOf(record.key, partitions.get(record.topic) ?? 1) };
    });
    await this.accumulator.append(routed);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    await this.topology.partitionsOf(options.topics);
    const subscription = new KafkaSubscription(
      {
        topology: this.topology,
        incarnation: () => this.incarnation(),
        firstFrom: async ({ topic, partition, next: from }) =>
          (await this.read({ topic, partition, from, max: 1 }))[0]?.offset,
        newConsumer: (isWanted) => this.newConsumer(options.group, isWanted),
      },
      options,
    );
    try {
      await subscription.start();
    } catch (error) {
      await subscription.stop();
      throw asUnavailable(error);
    }
    this.open.add(subscription);
    return subscription;
  }

  /** kafkajs restarts a consumer that lost the cluster, for as long as the subscription `isWanted`. */
  private newConsumer(group: string, isWanted: () => boolean): Consumer {
    const sessionTimeout = this.options.sessionTimeoutMs ?? 30_000;
    // Joining waits for the other members, so a consumer's requests may take longer than an append's.
    return newKafka(this.options, JOIN_TIMEOUT_MS).consumer({
      groupId: this.topology.prefixed(group),
      allowAutoTopicCreation: false,
      sessionTimeout,
      rebalanceTimeout: 60_000,
      heartbeatInterval: Math.min(3_000, sessionTimeout / 10),
      maxWaitTimeInMs: 500,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 5_000,
        retries: 10,
        restartOnFailure: async () => isWanted(),
      },
    });
  }

  async read(options: ReadOptions): Promise<readonly LogRecord[]> {
    const range = (await this.ranges([options.topic])).find(
      ({ partition }) => partition === options.partition,
    );
    if (range === undefined || options.max <= 0) return [];
    const records: LogRecord[] = [];
    let next = Math.max(options.from, range.earliest);
    while (next < range.next && records.length < options.max) {
      const topic = this.topology.prefixed(options.topic);
      const fetched = await this.clusterReader
        .fetch([{ topic, partition: options.partition, next }], {
          waitMs: 100,
          bytesMax: 1_048_576,
        })
        .catch((error: unknown) => Promise.reject(asUnavailable(error)));
      records.push(...fetched.records.map((record) => ({ ...record, topic: options.topic })));
      const after = fetched.after[0]?.next ?? next;
      if (after === next) break;
      next = after;
    }
    return records.slice(0, options.max);
  }

  async follow(options: FollowOptions): Promise<Following> {
    const tail = await this.reader({ topics: options.topics });
    const follower = new Follower(tail, options);
    await follower.start();
    this.open.add(follower);
    return follower;
  }

  async reader({ topics, bytesMax = LIMITS.bytesMax }: ReaderOptions): Promise<LogReader> {
    await this.topology.partitionsOf(topics);
    return new KafkaTail(new ClusterReader(this.options), this.topology, topics, {
      ...LIMITS,
      bytesMax,
    });
  }

  ranges(topics: readonly string[]): Promise<readonly PartitionRange[]> {
    return this.topology.ranges(topics);
  }

  async members(group: string): Promise<number> {
    try {
      const { groups } = await this.admin.describeGroups([this.topology.prefixed(group)]);
      return groups.reduce((sum, { members }) => sum + members.length, 0);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async describe(): Promise<string> {
    try {
      const { clusterId } = await within(this.admin.describeCluster(), 5_000);
      return `kafka ${clusterId}`;
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async close(): Promise<void> {
    await within(this.accumulator.close(), CLOSE_DEADLINE_MS).catch(() => undefined);
    await Promise.all([...this.open].map((each) => each.stop()));
    const closing = [
      this.producer.disconnect(),
      this.admin.disconnect(),
      this.clusterReader.close(),
    ];
    await within(Promise.allSettled(closing), CLOSE_DEADLINE_MS).catch(() => undefined);
  }

  private async createTopics(topics: readonly TopicToCreate[]): Promise<void> {
    await this.admin.createTopics({
      waitForLeaders: false,
      topics: topics.map((topic) => ({
        topic: this.topology.prefixed(topic.name),
        numPartitions: topic.partitions,
        replicationFactor: this.options.replicationFactor ?? -1,
        configEntries: topicConfig(topic, this.options.minInsync),
      })),
    });
  }

  private async send(items: readonly RoutedRecord[]): Promise<void> {
    const byTopic = Map.groupBy(items, ({ record }) => record.topic);
    await this.producer.sendBatch({
      acks: -1,
      timeout: REQUEST_TIMEOUT_MS,
      topicMessages: [...byTopic].map(([topic, routed]) => ({
        topic: this.topology.prefixed(topic),
        messages: routed.map(({ record, partition }) => toMessage(record, partition)),
      })),
    });
  }
}

/** Opens the log on a cluster; throws a Fault `unavailable` when none of the brokers answers. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  if (options.brokers.length === 0)
    throw new Fault('unavailable', 'no Kafka brokers are configured');
  const log = new KafkaLog(newKafka(options), options);
  await log.start();
  return log;
}

/** Appended-at is the broker's time, as in the embedded log; a record of {@link RECORD_BYTES_MAX} fits with its framing. */
function topicConfig(
  { isCompacted, retentionMs }: TopicToCreate,
  minInsync: number | undefined,
): { name: string; value: string }[] {
  const kept = isCompacted
    ? { 'cleanup.policy': 'compact', 'delete.retention.ms': String(retentionMs) }
    : { 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs) };
  const config = {
    ...kept,
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(2 * RECORD_BYTES_MAX),
    ...(minInsync === undefined ? {} : { 'min.insync.replicas': String(minInsync) }),
  };
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}
