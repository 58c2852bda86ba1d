import { partitionName } from '#event-log';
import type { LogReader, LogRecord, Positions } from '#event-log';
import { tenantOf } from '../../domain/stream-event.js';
import type { Place } from '../../domain/stream-position.js';
import type { FeedMember, LiveFeed } from './live-feed.js';
import type { StreamLimits } from './ports.js';

export type EndReason = 'gone' | 'shutdown' | 'revoked' | 'slow' | 'failed';

/** What a client gets next. */
export type Step =
  /** `isOld`: read from the log; else they came just now. Whoever gives them on says so of each by `passed`. */
  | { readonly kind: 'records'; readonly records: readonly LogRecord[]; readonly isOld: boolean }
  | { readonly kind: 'beat' }
  | { readonly kind: 'end'; readonly reason: EndReason };

export interface SessionOptions {
  readonly tenant: string;
  readonly topics: readonly string[];
  readonly feeds: readonly LiveFeed[];
  /** Where the client stands; partitions that it does not name begin at the end. */
  readonly from: Positions;
  readonly openReader: () => Promise<LogReader>;
  readonly limits: StreamLimits;
}

/**
 * One client's way through the log: from where it stands to where the feeds are, page by page; then what the feeds push. Nothing is
 * read, and nothing kept beyond the queue, while the client takes nothing. When the queue is full it is emptied, and the way begins again
 * where the client stands: so records reach it once each, in the order of their partition, whenever it stops and wherever it begins.
 */
export class StreamSession implements FeedMember {
  private readonly topics: ReadonlySet<string>;
  private readonly places: Map<string, Place>;
  /** Of each partition the queue gets all from here on; the log is asked for what lies before. */
  private joinedAt: Positions = new Map();
  private queue: LogRecord[] = [];
  private queueBytes = 0;
  private isOverrun = false;
  private ending: EndReason | undefined;
  private ring: (() => void) | undefined;
  private reader: LogReader | undefined;
  /** Where reading goes on when the page is given; it may hold records of nobody's concern. */
  private behindPage: Place[] = [];
  private givenAt: number | undefined;

  constructor(private readonly options: SessionOptions) {
    this.topics = new Set(options.topics);
    this.places = new Map(options.from);
    this.join();
    for (const [name, place] of this.joinedAt)
      if (!this.places.has(name)) this.places.set(name, place);
  }

  /** Where the client stands behind the last record that it was given. */
  position(): Place[] {
    return [...this.places.values()];
  }

  /** The record was given to the client, or is none of its concern. */
  passed({ topic, partition, offset }: LogRecord): void {
    this.stand({ topic, partition, next: offset + 1 });
  }

  /** For how long the client has not come back for the next step, ms. */
  get untakenMs(): number {
    return this.givenAt === undefined ? 0 : performance.now() - this.givenAt;
  }

  /** Kept for the client beside what it was given. */
  get bytesWaiting(): number {
    return this.queueBytes;
  }

  push(record: LogRecord): void {
    if (this.isOverrun || !this.isWanted(record)) return;
    const { queueRecordsMax, queueBytesMax } = this.options.limits;
    this.queueBytes += bytesOf(record);
    if (this.queue.length < queueRecordsMax && this.queueBytes <= queueBytesMax)
      this.queue.push(record);
    else this.overrun();
    this.ring?.();
  }

  /** Why it ends; the client itself is the reason that nobody names. */
  get endedBy(): EndReason {
    return this.ending ?? 'gone';
  }

  /** The client gets no more than this word; the first reason counts. */
  end(reason: EndReason): void {
    this.ending ??= reason;
    this.ring?.();
  }

  async *steps(): AsyncGenerator<Step> {
    const { heartbeatMs } = this.options.limits;
    try {
      for (let saidAt = performance.now(); this.ending === undefined;) {
        const step = await this.next(saidAt + heartbeatMs - performance.now());
        if (step !== undefined) {
          saidAt = performance.now();
          yield* this.given(step);
        }
        for (const place of this.behindPage.splice(0)) this.stand(place);
      }
      yield { kind: 'end', reason: this.endedBy };
    } finally {
      await this.close();
    }
  }

  private *given(step: Step): Generator<Step> {
    this.givenAt = performance.now();
    yield step;
    this.givenAt = undefined;
    if (step.kind === 'records') step.records.forEach((record) => this.passed(record));
  }

  /** Idempotent; also of a session that was never asked for a step. */
  async close(): Promise<void> {
    for (const feed of this.options.feeds) feed.leave(this);
    await this.closeReader();
  }

  /** Undefined: nothing for this client yet. `leftMs`: until a sign of life is due. */
  private async next(leftMs: number): Promise<Step | undefined> {
    if (this.isOverrun) this.join();
    const behind = this.behind();
    const records = behind.size > 0 ? await this.readOn(behind) : await this.taken(leftMs);
    if (records.length > 0) return { kind: 'records', records, isOld: behind.size > 0 };
    return leftMs <= 0 ? { kind: 'beat' } : undefined;
  }

  /** Partitions in which the log holds what the queue does not. */
  private behind(): Positions {
    return new Map(
      [...this.places].filter(([name, { next }]) => next < (this.joinedAt.get(name)?.next ?? 0)),
    );
  }

  private async readOn(behind: Positions): Promise<readonly LogRecord[]> {
    try {
      this.reader ??= await this.options.openReader();
      const { records, after } = await this.reader.fetch(behind);
      this.behindPage = [...after.values()];
      return records.filter((record) => this.isWanted(record));
    } catch {
      this.end('failed');
      return [];
    }
  }

  private async taken(waitMs: number): Promise<readonly LogRecord[]> {
    await this.closeReader();
    if (this.queue.length === 0 && !this.isOverrun && this.ending === undefined)
      await this.rung(waitMs);
    const page = this.queue.splice(0, this.options.limits.pageRecordsMax);
    this.queueBytes -= page.reduce((sum, record) => sum + bytesOf(record), 0);
    // Nothing waits and nothing was lost: the client stands where the feeds are.
    if (page.length === 0 && !this.isOverrun)
      for (const place of this.fed().values()) this.stand(place);
    // What was read from the log beyond the place of joining is in the queue too.
    return page.filter(
      (record) => record.offset >= (this.places.get(partitionName(record))?.next ?? 0),
    );
  }

  private join(): void {
    this.queue = [];
    this.queueBytes = 0;
    this.isOverrun = false;
    this.joinedAt = this.fed();
    for (const feed of this.options.feeds) feed.join(this);
  }

  private overrun(): void {
    this.isOverrun = true;
    this.queue = [];
    this.queueBytes = 0;
  }

  private fed(): Positions {
    const all = this.options.feeds.flatMap(({ positions }) => [...positions]);
    return new Map(all.filter(([, { topic }]) => this.topics.has(topic)));
  }

  private stand(place: Place): void {
    const name = partitionName(place);
    if (place.next > (this.places.get(name)?.next ?? -1)) this.places.set(name, place);
  }

  private isWanted(record: LogRecord): boolean {
    return this.topics.has(record.topic) && tenantOf(record) === this.options.tenant;
  }

  private rung(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.ring?.(), Math.max(0, waitMs));
      this.ring = () => {
        clearTimeout(timer);
        this.ring = undefined;
        resolve();
      };
    });
  }

  private async closeReader(): Promise<void> {
    const { reader } = this;
    this.reader = undefined;
    await reader?.close();
  }
}

function bytesOf({ key, value }: LogRecord): number {
  return key.length + (value?.length ?? 0);
}
