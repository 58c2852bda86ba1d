import type pg from 'pg';
import { backoffMs, deliver, isFinalFault, pause, reportRetry } from '../delivery.js';
import type {
  PartitionLag,
  PartitionRange,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
} from '../event-log.js';
import { assertHeld, startOffsets } from '../start-offsets.js';
import { SubscriptionStatus } from '../subscription-status.js';
import { partitionKey } from './assignment.js';
import type { PartitionId } from './assignment.js';
import { advanced, takes, waitingBehind } from './cursor.js';
import { Membership } from './membership.js';
import type { Standing } from './membership.js';
import { readPage, readRanges } from './record-store.js';
import type { Position } from './record-store.js';
import type { TopicEntry } from './topic-directory.js';
import { Bell } from './wake-up.js';
import type { WakeUp } from './wake-up.js';

export interface SubscriptionContext {
  readonly pool: pg.Pool;
  readonly wakeUp: WakeUp;
  readonly incarnation: string;
  readonly topics: readonly TopicEntry[];
  /** How long a silent member keeps its partitions. */
  readonly leaseMs: number;
  /** Look for records at least this often, should a wake-up get lost. */
  readonly pollMs: number;
}

/**
 * One loop: take over assignment changes, gather a page, hand it over until it is taken, advance. Beside it a heart beats
 * that renews the lease and learns of changes; it never touches positions — only the loop does, between two batches.
 */
export class PostgresSubscription implements Subscription {
  private readonly status: SubscriptionStatus;
  private readonly membership: Membership;
  private readonly bell = new Bell();
  private readonly stopping = new AbortController();
  /** Aborted when the assignment changed: ends waiting for a retry, not the running handler. */
  private changed = new AbortController();
  private positions: Position[] = [];
  private standing: Standing | undefined;
  private beating: Promise<void> = Promise.resolve();
  private heart: NodeJS.Timeout | undefined;
  private unlisten: (() => void) | undefined;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: SubscriptionContext,
    private readonly options: SubscribeOptions,
  ) {
    this.status = new SubscriptionStatus(options.onFailure);
    this.membership = new Membership(context.pool, {
      group: options.group,
      topics: context.topics,
      leaseMs: context.leaseMs,
    });
  }

  start(): void {
    const topicIds = new Set(this.context.topics.map(({ topicId }) => String(topicId)));
    this.unlisten = this.context.wakeUp.listen((payload) => {
      if (payload === `group:${this.options.group}`) this.beat();
      else if (payload.startsWith('topics:') && mentions(payload, topicIds)) this.bell.ring();
    });
    this.heart = setInterval(() => this.beat(), this.context.leaseMs / 4);
    this.beat();
    this.loop = this.run();
  }

  state(): SubscriptionState {
    return this.status.state();
  }

  ready(): Promise<void> {
    return this.status.ready();
  }

  async lags(): Promise<readonly PartitionLag[]> {
    const positions = this.positions;
    const waiting = waitingBehind(positions, await this.ranges(positions));
    return positions.map(({ topic, partition }, index) => ({
      topic,
      partition,
      records: waiting[index] ?? 0,
    }));
  }

  async stop(deadlineMs = 8_000): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.status.stopped();
    this.end();
    const deadline = new AbortController();
    await Promise.race([this.loop, pause(deadlineMs, deadline.signal)]);
    deadline.abort();
    await this.leave();
  }

  private end(): void {
    clearInterval(this.heart);
    this.unlisten?.();
    this.stopping.abort();
    this.changed.abort();
    this.bell.ring();
  }

  private beat(): void {
    this.beating = this.beating.then(() => this.beatOnce());
  }

  private async beatOnce(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    try {
      const standing = await this.membership.beat();
      const isNews = this.isNews(standing);
      this.standing = standing;
      if (!isNews) return;
      this.changed.abort();
      this.bell.ring();
    } catch (error) {
      reportRetry(this.options.onRetry, error, 1);
    }
  }

  private isNews(standing: Standing): boolean {
    const wanted = keepers(standing);
    const held = new Set(this.positions.map(partitionKey));
    return (
      this.standing === undefined ||
      standing.surplus.length > 0 ||
      wanted.length !== held.size ||
      wanted.some((id) => !held.has(partitionKey(id)))
    );
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        this.bell.reset();
        await this.takeOver();
        const isIdle = !(await this.handleNext());
        failures = 0;
        if (isIdle) await this.bell.wait(this.context.pollMs);
      } catch (error) {
        if (isFinalFault(error)) return this.fail(error);
        failures += 1;
        reportRetry(this.options.onRetry, error, failures);
        await pause(backoffMs(failures), this.stopping.signal);
      }
    }
  }

  private async fail(error: unknown): Promise<void> {
    this.end();
    this.status.fail(error);
    await this.leave();
  }

  /** A lease that cannot be given up runs out by itself. */
  private async leave(): Promise<void> {
    await this.beating;
    await this.membership.leave().catch(() => undefined);
  }

  /** Releases what is surplus, starts what is new, forgets what was lost. */
  private async takeOver(): Promise<void> {
    const standing = this.standing;
    if (standing === undefined) return;
    this.changed = new AbortController();
    const wanted = new Set(keepers(standing).map(partitionKey));
    const before = this.positions;
    this.positions = before.filter((position) => wanted.has(partitionKey(position)));
    if (standing.surplus.length > 0) {
      await this.membership.release(standing.surplus);
      this.standing = { claimed: keepers(standing), surplus: [] };
    }
    const held = new Set(this.positions.map(partitionKey));
    const fresh = keepers(standing).filter((id) => !held.has(partitionKey(id)));
    if (!(await this.begin(fresh))) return;
    this.status.running();
    if (fresh.length > 0 || held.size < before.length)
      this.options.onAssigned?.(this.positions.length);
  }

  private async begin(fresh: readonly PartitionId[]): Promise<boolean> {
    const names = new Map(this.context.topics.map(({ topicId, name }) => [topicId, name]));
    const places = fresh.map((id) => ({ ...id, topic: names.get(id.topicId) ?? '' }));
    const ranges = await this.ranges(places);
    const starts = await startOffsets(ranges, this.context.incarnation, {
      ...this.options,
      signal: this.changed.signal,
    });
    if (starts === undefined) return false;
    this.positions = [
      ...this.positions,
      ...places.map((place, index) => ({ ...place, next: starts[index] ?? 0 })),
    ];
    return true;
  }

  /** False when there is nothing to do. */
  private async handleNext(): Promise<boolean> {
    const budget = this.options.batchSizeMax ?? 500;
    const ranges = await this.gather(budget);
    const asked = takes(this.positions, ranges, budget);
    if (asked.every((take) => take === 0)) return false;
    const page = await readPage(this.context.pool, this.positions, asked);
    this.assertInRange(page.ranges);
    const after = advanced(this.positions, page, asked);
    const isTaken = page.records.length === 0 || (await this.hand(page.records));
    if (isTaken) this.positions = after;
    return true;
  }

  private async hand(
    records: Parameters<SubscribeOptions['onBatch']>[0]['records'],
  ): Promise<boolean> {
    const { group } = this.options;
    const batch = { group, incarnation: this.context.incarnation, records };
    return deliver(batch, { ...this.options, signal: this.changed.signal });
  }

  /** Waits `gatherMs` when something but less than a batch is there. */
  private async gather(budget: number): Promise<readonly PartitionRange[]> {
    const ranges = await this.ranges(this.positions);
    this.assertInRange(ranges);
    const waiting = waitingBehind(this.positions, ranges).reduce((sum, each) => sum + each, 0);
    const gatherMs = this.options.gatherMs ?? 15;
    if (waiting === 0 || waiting >= budget || gatherMs === 0) return ranges;
    await pause(gatherMs, this.changed.signal);
    return this.ranges(this.positions);
  }

  private assertInRange(ranges: readonly PartitionRange[]): void {
    this.positions.forEach(({ next }, index) => {
      const range = ranges[index];
      if (range !== undefined) assertHeld(next, range);
    });
  }

  private async ranges(
    places: readonly Omit<Position, 'next'>[],
  ): Promise<readonly PartitionRange[]> {
    return places.length === 0 ? [] : readRanges(this.context.pool, places);
  }
}

function keepers({ claimed, surplus }: Standing): readonly PartitionId[] {
  const leaving = new Set(surplus.map(partitionKey));
  return claimed.filter((id) => !leaving.has(partitionKey(id)));
}

function mentions(payload: string, topicIds: ReadonlySet<string>): boolean {
  return payload
    .slice('topics:'.length)
    .split(',')
    .some((id) => topicIds.has(id));
}
