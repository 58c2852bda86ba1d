/**
 * The log that all services share: partitioned by key, ordered inside a partition, at least once, with dense offsets in
 * commit order. Two adapters keep the same promises: `postgres/` (embedded) and `kafka/`. Offsets are kept by the
 * subscriber in the transaction of its effect; the log only asks where to start.
 */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `null` is a tombstone (compacted topics). */
  readonly value: Buffer | null;
}

export interface LogRecord extends OutgoingRecord {
  readonly partition: number;
  /** Position in its partition; a safe integer. */
  readonly offset: number;
  /** When the log took it, ms. */
  readonly appendedAt: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionLag extends TopicPartition {
  readonly records: number;
}

export interface PartitionRange extends TopicPartition {
  /** Oldest offset held (after retention). */
  readonly earliest: number;
  /** Offset that the next record gets. */
  readonly next: number;
}

/** Records gathered over all partitions that this worker holds; in a partition they are in offset order. */
export interface RecordBatch {
  readonly group: string;
  readonly incarnation: string;
  readonly records: readonly LogRecord[];
  /** The one record was set aside under this number (`DeadLetters`) and comes again: its offset was passed then. */
  readonly redelivers?: number;
}

export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** At most this many records in a batch (default 500). */
  readonly batchSizeMax?: number;
  /** How long to gather after the first record (default 15 ms). */
  readonly gatherMs?: number;
  /**
   * Where to start for partitions just assigned: the offset wanted next, or undefined for "from the earliest".
   * Asked at every assignment, never cached: another worker may have advanced it. Throws a Fault
   * `log-incarnation-changed` when the stored offsets belong to another log: the subscription fails, nothing is skipped.
   */
  readonly startAt: (
    partitions: readonly TopicPartition[],
    incarnation: string,
  ) => Promise<readonly (number | undefined)[]>;
  /** One call at a time. Resolves = effect and offsets stored. Throws = the same records come again after a back-off. */
  readonly onBatch: (batch: RecordBatch) => Promise<void>;
  /** Told of each failed attempt (handler, offset store, log): for logging. `attempt` counts from 1 within one batch. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
  /** Told when partitions changed hands and the new ones are in force: how many this worker holds now. */
  readonly onAssigned?: (partitions: number) => void;
  /** Told once, when the subscription is `failed`. */
  readonly onFailure?: (error: Error) => void;
}

export type SubscriptionState =
  | { readonly status: 'starting' | 'running' | 'stopped' }
  | { readonly status: 'failed'; readonly error: Error };

export interface Subscription {
  /** `failed` is final (readiness fails, the process exits); a throwing handler alone never leads there. */
  state(): SubscriptionState;
  /** Resolves when the first assignment is in force. */
  ready(): Promise<void>;
  /** Records between the last batch handled and the end, for each partition held. */
  lags(): Promise<readonly PartitionLag[]>;
  /** Waits for the running batch, at most `deadlineMs` (default 8,000), then leaves the group. */
  stop(deadlineMs?: number): Promise<void>;
}

export interface ReadOptions extends TopicPartition {
  readonly from: number;
  readonly max: number;
}

export interface FollowOptions {
  readonly topics: readonly string[];
  /** `earliest` = all that the log holds (settings copies); `latest` = only what comes (tail, streams). */
  readonly from: 'earliest' | 'latest';
  readonly onRecords: (records: readonly LogRecord[]) => void | Promise<void>;
}

export interface Following {
  /** Resolves when everything that was in the log at the call has been handed over. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Where a reader of whole topics stands: the offset wanted next, by {@link partitionName}. */
export type Positions = ReadonlyMap<string, TopicPartition & { readonly next: number }>;

export interface ReaderOptions {
  readonly topics: readonly string[];
  /** At most this many records a page (default 1,000; of Kafka as many as come in `bytesMax`). */
  readonly recordsMax?: number;
  /** About as many bytes of each partition a page (default 1 MB; a larger record comes alone). */
  readonly bytesMax?: number;
}

/** Reads whole topics without a group, page by page, as its owner asks: back-pressure is not to ask. */
export interface LogReader {
  ranges(): Promise<readonly PartitionRange[]>;
  /**
   * What comes after the positions, of the partitions that they name, waiting a moment for it. `after` may pass over gaps without
   * records. What retention took before it was read is not there: who minds compares with `ranges`.
   */
  fetch(
    positions: Positions,
  ): Promise<{ readonly records: readonly LogRecord[]; readonly after: Positions }>;
  close(): Promise<void>;
}

/** Port and injection token in one. */
export abstract class EventLog {
  /** Names this log; another value means other offsets. Embedded: a uuid. Kafka: cluster id + uuid in `touchline.meta`. */
  abstract incarnation(): Promise<string>;
  /** Creates what is missing; never changes partitions of an existing topic. Idempotent. */
  abstract ensureTopics(topics: readonly TopicToCreate[]): Promise<void>;
  /**
   * Resolves when every record is durable (embedded: committed with fsync; Kafka: all in-sync replicas). Concurrent calls
   * are gathered. Throws a retriable Fault `unavailable` within 5 s when the log cannot take them, and `overloaded` when
   * more than the bounded amount waits.
   */
  abstract append(records: readonly OutgoingRecord[]): Promise<void>;
  abstract subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Reads without a group, from one partition: for tail, replay and verification. Returns at once with what there is. */
  abstract read(options: ReadOptions): Promise<readonly LogRecord[]>;
  /** Every record of the topics without a group or stored offsets, in partition order. */
  abstract follow(options: FollowOptions): Promise<Following>;
  /** Closed by whom it was opened for, before the log. */
  abstract reader(options: ReaderOptions): Promise<LogReader>;
  abstract ranges(topics: readonly string[]): Promise<readonly PartitionRange[]>;
  /** Workers that the log takes for alive in a group, wherever they run; one that was killed counts until its lease ends (30 s). */
  abstract members(group: string): Promise<number>;
  /** Throws when the log cannot be reached; used by readiness and doctor. Returns what it is, e.g. `kafka <cluster id>`. */
  abstract describe(): Promise<string>;
  abstract close(): Promise<void>;
}

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
  readonly isCompacted: boolean;
  readonly retentionMs: number;
}
