import { Injectable } from '@nestjs/common';
import { familyOf, STREAM_TYPES } from '#contracts';
import type { StreamType } from '#contracts';
import { EventLog, partitionName } from '#event-log';
import type { PartitionRange, Positions } from '#event-log';
import { Clock, Fault } from '#kernel';
import { logName } from '../../domain/stream-position.js';
import type { Place, StreamPosition } from '../../domain/stream-position.js';
import { LiveFeed } from './live-feed.js';
import { StreamLimits } from './ports.js';
import { StreamSession } from './stream-session.js';
import type { EndReason } from './stream-session.js';

export interface StreamRequest {
  readonly tenant: string;
  readonly keyId: string;
  readonly types: readonly StreamType[];
  /** Absent: the end of the log. */
  readonly from?: StreamPosition | 'start' | undefined;
}

export interface OpenedStream {
  readonly session: StreamSession;
  /** Names the log in event ids. */
  readonly log: string;
  /** Partitions in which records between the id and what the log holds are lost to the client. */
  readonly gaps: number;
  /** Its place is free again. */
  readonly leave: () => Promise<void>;
}

/** Tombstones are gone from the log after this long: who was away for longer may have missed some. */
const TOMBSTONES_S = 30 * 86_400;

/** The streams of this process. */
@Injectable()
export class OpenStream {
  /** By family of types; one reader each, however many streams want it. */
  private readonly feeds = new Map<string, Promise<LiveFeed>>();
  private readonly open = new Map<StreamSession, StreamRequest>();
  private readonly opening = new Set<StreamRequest>();
  private isClosing = false;
  /** By why they ended. */
  readonly ended: Record<EndReason, number> = {
    gone: 0,
    shutdown: 0,
    revoked: 0,
    slow: 0,
    failed: 0,
  };

  constructor(
    private readonly log: EventLog,
    private readonly limits: StreamLimits,
    private readonly clock: Clock,
  ) {}

  async execute(request: StreamRequest): Promise<OpenedStream> {
    this.assertRoom(request);
    this.opening.add(request);
    try {
      return await this.openFor(request);
    } finally {
      this.opening.delete(request);
      await this.closeIdle();
    }
  }

  /** Open streams with their requests. */
  get sessions(): ReadonlyMap<StreamSession, StreamRequest> {
    return this.open;
  }

  /** Every stream ends with its word; no other begins. */
  async close(): Promise<void> {
    this.isClosing = true;
    for (const session of this.open.keys()) session.end('shutdown');
    const feeds = await Promise.allSettled(this.feeds.values());
    this.feeds.clear();
    await Promise.all(feeds.map((feed) => feed.status === 'fulfilled' && feed.value.close()));
  }

  private async openFor(request: StreamRequest): Promise<OpenedStream> {
    const { tenant, types, from } = request;
    const topics = types.map(({ topic }) => topic);
    const log = logName(await this.log.incarnation());
    const { positions, gaps } = await this.positionsOf(from, { topics, log });
    const feeds = await this.feedsOf(types);
    if (this.isClosing) throw closing();
    const { pageRecordsMax: recordsMax, pageBytesMax: bytesMax } = this.limits;
    const session = new StreamSession({
      tenant,
      topics,
      feeds,
      from: positions,
      openReader: () => this.log.reader({ topics, recordsMax, bytesMax }),
      limits: this.limits,
    });
    this.open.set(session, request);
    return { session, log, gaps, leave: () => this.leave(session) };
  }

  private assertRoom({ tenant, keyId }: StreamRequest): void {
    if (this.isClosing) throw closing();
    const { streamsMax, perKeyMax } = this.limits;
    const all = [...this.open.values(), ...this.opening];
    if (all.length >= streamsMax)
      throw new Fault('too-many-streams', `At most ${streamsMax} streams are open at once.`);
    const own = all.filter((other) => other.tenant === tenant && other.keyId === keyId);
    if (own.length >= perKeyMax)
      throw new Fault('too-many-streams', `A key may have ${perKeyMax} streams open at once.`);
  }

  private async positionsOf(
    from: StreamRequest['from'],
    { topics, log }: { readonly topics: readonly string[]; readonly log: string },
  ): Promise<{ readonly positions: Positions; readonly gaps: number }> {
    if (from === undefined) return { positions: new Map(), gaps: 0 };
    const ranges = await this.log.ranges(topics);
    if (from === 'start') return { positions: named(ranges.map(startOf)), gaps: 0 };
    if (from.log !== log) throw gone('The id in `Last-Event-ID` is of another log.');
    const isLong = this.clock.now() / 1_000 - from.issuedAt > TOMBSTONES_S;
    const asked = named(from.places);
    let gaps = 0;
    const places = ranges.flatMap((range): Place[] => {
      const place = asked.get(partitionName(range));
      if (place === undefined) return [];
      if (place.next > range.next)
        throw gone('The id in `Last-Event-ID` lies behind the end of the log.');
      if (isLong || place.next < range.earliest) gaps += 1;
      return [{ ...place, next: Math.max(place.next, range.earliest) }];
    });
    return { positions: named(places), gaps };
  }

  private async feedsOf(types: readonly StreamType[]): Promise<LiveFeed[]> {
    const families = [...new Set(types.map(({ name }) => familyOf(name)))];
    return Promise.all(
      families.map((family) => {
        const feed = this.feeds.get(family) ?? this.openFeed(family);
        this.feeds.set(family, feed);
        return feed;
      }),
    );
  }

  private async openFeed(family: string): Promise<LiveFeed> {
    const own = STREAM_TYPES.filter(({ name }) => familyOf(name) === family);
    const topics = own.map(({ topic }) => topic);
    try {
      const reader = await this.log.reader({ topics });
      return new LiveFeed(reader, await reader.ranges());
    } catch (error) {
      this.feeds.delete(family);
      throw error;
    }
  }

  private async leave(session: StreamSession): Promise<void> {
    if (!this.open.delete(session)) return;
    this.ended[session.endedBy] += 1;
    await session.close();
    await this.closeIdle();
  }

  /** Whoever is just opening counts on the feeds that it found. */
  private async closeIdle(): Promise<void> {
    for (const [family, opened] of this.feeds) {
      const feed = await opened.catch(() => undefined);
      if (feed === undefined || !feed.isEmpty || this.opening.size > 0) continue;
      if (this.feeds.get(family) !== opened) continue;
      this.feeds.delete(family);
      await feed.close();
    }
  }
}

function startOf({ topic, partition, earliest }: PartitionRange): Place {
  return { topic, partition, next: earliest };
}

function named(places: readonly Place[]): Map<string, Place> {
  return new Map(places.map((place) => [partitionName(place), place]));
}

function gone(detail: string): Fault {
  return new Fault('stream-position-gone', detail);
}

function closing(): Fault {
  return new Fault('unavailable', 'This process is going down.', { retriable: true });
}
