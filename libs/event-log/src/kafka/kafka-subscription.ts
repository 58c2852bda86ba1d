import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload } from 'kafkajs';
import { isFinalFault, pause, reportRetry, untilDone } from '../delivery.js';
import type {
  LogRecord,
  PartitionLag,
  PartitionRange,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
  TopicPartition,
} from '../event-log.js';
import { assertHeld, partitionName, startOffsets } from '../start-offsets.js';
import { SubscriptionStatus } from '../subscription-status.js';
import { Gatherer } from './gatherer.js';
import { KafkaJSError } from './kafka-client.js';
import { OffsetReport } from './offset-report.js';
import { toLogRecord } from './record-codec.js';
import type { Topology } from './topology.js';

export interface KafkaSubscriptionContext {
  readonly newConsumer: (isWanted: () => boolean) => Consumer;
  readonly topology: Topology;
  readonly incarnation: () => Promise<string>;
  /** Offset of the first record at or after the offset given; undefined when there is none yet. */
  readonly firstFrom: (
    at: TopicPartition & { readonly next: number },
  ) => Promise<number | undefined>;
}

/** Partitions that this worker holds since one assignment, and the offset wanted next of each. */
interface Assignment {
  readonly wanted: Map<string, number>;
  /** True once `wanted` is known; false when the assignment ended before. */
  readonly isReady: Promise<boolean>;
  readonly ended: AbortController;
}

/** Heartbeats are sent at most every `heartbeatInterval`, however often asked. */
const HEARTBEAT_ASK_MS = 500;
/** More than partitions that one worker will hold: each may wait in the gatherer at the same time. */
const PARTITIONS_AT_ONCE = 256;

/**
 * A kafkajs consumer that only ferries: offsets come from the subscriber's store at every assignment, Kafka's own are written
 * for others to read and never read here. What kafkajs fetched is taken only from the offset wanted next; anything else is a fetch from before the seek, or
 * an offset that the log no longer holds — then the subscription fails rather than skip. No error of a handler reaches
 * kafkajs, for which a TypeError is the silent end of the consumer.
 */
export class KafkaSubscription implements Subscription {
  private readonly status: SubscriptionStatus;
  private readonly gatherer: Gatherer;
  private readonly consumer: Consumer;
  private readonly stopping = new AbortController();
  private readonly report: OffsetReport;
  private assignment: Assignment | undefined;
  private incarnation = '';

  constructor(
    private readonly context: KafkaSubscriptionContext,
    private readonly options: SubscribeOptions,
  ) {
    this.status = new SubscriptionStatus(options.onFailure);
    this.consumer = context.newConsumer(() => !this.status.isOver());
    this.gatherer = new Gatherer({
      ...options,
      batchSizeMax: options.batchSizeMax ?? 500,
      gatherMs: options.gatherMs ?? 15,
      toBatch: (records) => ({ group: options.group, incarnation: this.incarnation, records }),
    });
    this.report = new OffsetReport({
      wanted: () => this.assignment?.wanted,
      commit: (offsets) => this.consumer.commitOffsets([...offsets]),
      prefixed: (topic) => context.topology.prefixed(topic),
    });
  }

  async start(): Promise<void> {
    const { consumer } = this;
    const { topology } = this.context;
    consumer.on(consumer.events.GROUP_JOIN, (event) => this.joined(event));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) reportRetry(this.options.onRetry, payload.error, 1);
      else void this.fail(payload.error); // fail() never rejects
    });
    await consumer.connect();
    await consumer.subscribe({
      topics: this.options.topics.map((topic) => topology.prefixed(topic)),
      fromBeginning: true,
    });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    this.report.start();
  }

  state(): SubscriptionState {
    return this.status.state();
  }

  ready(): Promise<void> {
    return this.status.ready();
  }

  async lags(): Promise<readonly PartitionLag[]> {
    const wanted = this.assignment?.wanted;
    if (wanted === undefined || wanted.size === 0) return [];
    const ranges = await this.context.topology.ranges(this.options.topics);
    return ranges.flatMap((range) => {
      const next = wanted.get(partitionName(range));
      const { topic, partition } = range;
      return next === undefined
        ? []
        : [{ topic, partition, records: Math.max(0, range.next - next) }];
    });
  }

  async stop(deadlineMs = 8_000): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.status.stopped();
    await this.end(deadlineMs);
  }

  private async fail(error: unknown): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.status.fail(error);
    await this.end(8_000);
  }

  /** disconnect() waits for ever on a handler that hangs, hence the race. */
  private async end(deadlineMs: number): Promise<void> {
    this.stopping.abort();
    this.report.stop();
    this.assignment?.ended.abort();
    const deadline = new AbortController();
    const leaving = this.gatherer.release().then(() => this.consumer.disconnect());
    await Promise.race([leaving.catch(() => undefined), pause(deadlineMs, deadline.signal)]);
    deadline.abort();
  }

  /** Runs inside kafkajs's join, before the first fetch of the new assignment. */
  private joined({ payload }: ConsumerGroupJoinEvent): void {
    this.assignment?.ended.abort();
    void this.gatherer.release(); // release() never rejects; offers of the former assignment are void
    if (this.stopping.signal.aborted) return;
    const ended = new AbortController();
    const wanted = new Map<string, number>();
    const isReady = this.begin(payload.memberAssignment, wanted, ended.signal);
    this.assignment = { wanted, isReady, ended };
  }

  /** Never rejects: what cannot be mended fails the subscription. */
  private async begin(
    members: Readonly<Record<string, readonly number[]>>,
    wanted: Map<string, number>,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const begun = await untilDone(() => this.starts(members, signal), {
        signal,
        onRetry: this.options.onRetry,
        isFinal: isFinalFault,
      });
      if (begun?.value === undefined || signal.aborted) return false;
      for (const [name, at] of begun.value) {
        wanted.set(name, at.next);
        this.seek(at);
      }
      this.status.running();
      this.options.onAssigned?.(wanted.size);
      return true;
    } catch (error) {
      void this.fail(error); // fail() never rejects; kafkajs must not wait for it here
      return false;
    }
  }

  private async starts(
    members: Readonly<Record<string, readonly number[]>>,
    signal: AbortSignal,
  ): Promise<Map<string, PartitionRange> | undefined> {
    this.incarnation = await this.context.incarnation();
    const topics = Object.keys(members).map((topic) => this.context.topology.bare(topic));
    const ranges = (await this.context.topology.ranges(topics)).filter(({ topic, partition }) =>
      members[this.context.topology.prefixed(topic)]?.includes(partition),
    );
    const starts = await startOffsets(ranges, this.incarnation, { ...this.options, signal });
    return (
      starts &&
      new Map(
        ranges.map((range, index) => [
          partitionName(range),
          { ...range, next: starts[index] ?? range.earliest },
        ]),
      )
    );
  }

  /** The one place that kafkajs calls: only its own kind of error may leave here. */
  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    try {
      await this.takeBatch(payload);
    } catch (error) {
      if (error instanceof KafkaJSError) throw error;
      reportRetry(this.options.onRetry, error, 1);
      throw new KafkaJSError(error instanceof Error ? error.message : String(error), {
        retriable: true,
      });
    }
  }

  /**
   * Heartbeats go on while records wait or a handler retries. When one fails — the group rebalances, the connection broke —
   * the offers are withdrawn and kafkajs gets its error back: it rejoins, or fetches again from the last record handled.
   */
  private async takeBatch(payload: EachBatchPayload): Promise<void> {
    const assignment = this.assignment;
    if (assignment === undefined) return;
    const lost = new AbortController();
    const heart = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        lost.abort(error);
        void this.gatherer.release(); // release() never rejects
      });
    }, HEARTBEAT_ASK_MS);
    try {
      const isReady = await Promise.race([assignment.isReady, aborted(lost.signal)]);
      if (isReady) await this.take(payload, assignment);
    } finally {
      clearInterval(heart);
    }
    lost.signal.throwIfAborted();
  }

  private async take(payload: EachBatchPayload, { wanted, ended }: Assignment): Promise<void> {
    const { batch, resolveOffset } = payload;
    const at = { topic: this.context.topology.bare(batch.topic), partition: batch.partition };
    const name = partitionName(at);
    const next = wanted.get(name);
    if (next === undefined || ended.signal.aborted || payload.isStale()) return;
    const fetchedOffset = Number(
      (batch as { readonly fetchedOffset?: string }).fetchedOffset ?? next,
    );
    if (!(await this.isInPlace({ ...at, next }, fetchedOffset))) return;
    const records = batch.messages
      .map((message): LogRecord => toLogRecord(message, at))
      .filter(({ offset }) => offset >= next);
    const isHandled = await this.gatherer.offer(records, (after) => {
      if (ended.signal.aborted) return; // kafkajs knows the partition no longer
      wanted.set(name, after);
      resolveOffset(String(after - 1));
    });
    // Control records of foreign transactional producers may follow the last record: kafkajs resolves past them too.
    if (isHandled && !ended.signal.aborted)
      wanted.set(name, Math.max(wanted.get(name) ?? 0, Number(batch.lastOffset()) + 1));
  }

  /**
   * kafkajs fetched elsewhere than wanted. Behind a stretch without records (compacted, or another producer's transaction
   * markers) that is fine. Else it was before the seek came into force: seek again. Or the log no longer holds the offset: fail.
   */
  private async isInPlace(
    wanted: TopicPartition & { readonly next: number },
    fetchedOffset: number,
  ): Promise<boolean> {
    if (fetchedOffset === wanted.next) return true;
    const ranges = await this.context.topology.ranges([wanted.topic]);
    const range = ranges.find(({ partition }) => partition === wanted.partition);
    try {
      if (range !== undefined) assertHeld(wanted.next, range);
    } catch (error) {
      void this.fail(error); // fail() waits for this very call to return
      return false;
    }
    if (fetchedOffset > wanted.next) {
      const first = await this.context.firstFrom(wanted);
      if (first !== undefined && first >= fetchedOffset) return true;
    }
    this.seek(wanted);
    return false;
  }

  private seek(at: TopicPartition & { readonly next: number }): void {
    this.consumer.seek({
      topic: this.context.topology.prefixed(at.topic),
      partition: at.partition,
      offset: String(at.next),
    });
  }
}

/** False as soon as the signal is aborted. */
function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
