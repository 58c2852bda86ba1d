import { createRequire } from 'node:module';
import type { KafkaConfig } from 'kafkajs';
import type { LogRecord, TopicPartition } from '../event-log.js';
import { toLogRecord } from './record-codec.js';
import type { FetchedMessage } from './record-codec.js';
import type { KafkaLogOptions } from './kafka-client.js';

/**
 * Reads partitions without a consumer group, which kafkajs has no public call for. A group for each `tail` and settings copy
 * would cost a rebalance (3 s on a default broker) and leave its name behind. So this uses kafkajs's own cluster and fetch, which
 * its consumer is made of; kafkajs is pinned by the lock file and the contract suite covers this use. Nothing else may.
 */
interface FetchedRecord extends FetchedMessage {
  readonly isControlRecord: boolean;
  /** The batch it came in; compaction leaves the range of a batch as it was, also when its last records are gone. */
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number };
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly FetchedRecord[];
}

interface InternalBroker {
  fetch(request: object): Promise<{
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly FetchedPartition[];
    }[];
  }>;
}

interface InternalCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { readonly nodeId: string }): Promise<InternalBroker>;
}

export interface FetchFrom extends TopicPartition {
  readonly next: number;
}

export interface Fetched {
  readonly records: readonly LogRecord[];
  /** Per partition read: the offset after the last record seen, control records included. */
  readonly after: readonly FetchFrom[];
}

const load = createRequire(import.meta.url);

function newCluster(options: KafkaLogOptions): InternalCluster {
  const Cluster = load('kafkajs/src/cluster/index.js') as new (config: object) => InternalCluster;
  const loggers = load('kafkajs/src/loggers/index.js') as {
    createLogger(options: object): object;
    LEVELS: { NOTHING: number };
  };
  const socketFactory = load(
    'kafkajs/src/network/socketFactory.js',
  ) as () => KafkaConfig['socketFactory'];
  return new Cluster({
    logger: loggers.createLogger({
      level: loggers.LEVELS.NOTHING,
      logCreator: () => () => undefined,
    }),
    socketFactory: socketFactory(),
    brokers: [...options.brokers],
    ssl: options.ssl,
    sasl: options.sasl,
    clientId: options.clientId ?? 'touchline',
    connectionTimeout: 1_500,
    requestTimeout: 5_000,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
  });
}

export class ClusterReader {
  private readonly cluster: InternalCluster;

  /** One connection of its own: a broker answers a connection's requests one after the other, long polls included. */
  constructor(options: KafkaLogOptions) {
    this.cluster = newCluster(options);
  }

  async fetch(
    from: readonly FetchFrom[],
    limits: { readonly waitMs: number; readonly bytesMax: number },
  ): Promise<Fetched> {
    try {
      const byBroker = await this.byLeader(from);
      const answers = await Promise.all(
        [...byBroker].map(([nodeId, partitions]) => this.fetchOne(nodeId, partitions, limits)),
      );
      return {
        records: answers.flatMap(({ records }) => records),
        after: answers.flatMap(({ after }) => after),
      };
    } catch (error) {
      // Leaders move and topics appear: whatever it was, the next attempt starts from fresh metadata.
      if (this.cluster.isConnected()) await this.cluster.refreshMetadata().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.cluster.disconnect().catch(() => undefined);
  }

  private async byLeader(from: readonly FetchFrom[]): Promise<Map<string, FetchFrom[]>> {
    if (!this.cluster.isConnected()) await this.cluster.connect();
    await this.cluster.addMultipleTargetTopics([...new Set(from.map(({ topic }) => topic))]);
    await this.cluster.refreshMetadataIfNecessary();
    const byBroker = new Map<string, FetchFrom[]>();
    for (const each of from) {
      const [nodeId] = Object.keys(
        this.cluster.findLeaderForPartitions(each.topic, [each.partition]),
      );
      if (nodeId === undefined)
        throw new Error(`${each.topic} partition ${each.partition} has no leader`);
      byBroker.set(nodeId, [...(byBroker.get(nodeId) ?? []), each]);
    }
    return byBroker;
  }

  private async fetchOne(
    nodeId: string,
    from: readonly FetchFrom[],
    limits: { readonly waitMs: number; readonly bytesMax: number },
  ): Promise<Fetched> {
    const broker = await this.cluster.findBroker({ nodeId });
    const topics = [...Map.groupBy(from, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, next }) => ({
        partition,
        fetchOffset: String(next),
        maxBytes: limits.bytesMax,
      })),
    }));
    const { responses } = await broker.fetch({
      maxWaitTime: limits.waitMs,
      minBytes: 1,
      maxBytes: 8 * limits.bytesMax,
      isolationLevel: 1,
      topics,
    });
    const wanted = new Map(from.map((each) => [`${each.topic} ${each.partition}`, each.next]));
    const partitions = responses.flatMap(({ topicName: topic, partitions: answered }) =>
      answered.map((each) => decode(topic, each, wanted.get(`${topic} ${each.partition}`) ?? 0)),
    );
    return {
      records: partitions.flatMap(({ records }) => records),
      after: partitions.flatMap(({ after }) => after),
    };
  }
}

/**
 * The broker sends whole batches, so the first records may lie before the offset wanted; all of them may, when compaction
 * took the rest of the batch. Reading goes on after the batch, not after the last record.
 */
export function decode(topic: string, fetched: FetchedPartition, wanted: number): Fetched {
  const { partition } = fetched;
  const records = fetched.messages.filter(
    ({ offset, isControlRecord }) => Number(offset) >= wanted && !isControlRecord,
  );
  const next = Math.max(wanted, ...fetched.messages.slice(-1).map(endOfBatch));
  return {
    records: records.map((message) => toLogRecord(message, { topic, partition })),
    after: [{ topic, partition, next }],
  };
}

function endOfBatch({ offset, batchContext }: FetchedRecord): number {
  if (batchContext === undefined) return Number(offset) + 1;
  return Number(batchContext.firstOffset) + batchContext.lastOffsetDelta + 1;
}
