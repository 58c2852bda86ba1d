import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partitionName } from '#event-log';
import type { LogRecord, Positions } from '#event-log';
import { decodePosition, encodePosition } from '../../domain/stream-position.js';
import { ArrayLog, TOPICS } from './array-log.fixture.js';
import { LiveFeed } from './live-feed.js';
import { StreamSession } from './stream-session.js';

const LIMITS = {
  streamsMax: 1,
  perKeyMax: 1,
  queueRecordsMax: 4,
  queueBytesMax: 1_000_000,
  pageRecordsMax: 3,
  pageBytesMax: 1_000,
  heartbeatMs: 1,
  patienceMs: 1_000,
};

type Deed =
  | { readonly kind: 'append'; readonly places: readonly number[] }
  /** Takes so many records, then the connection breaks in the middle of what came. */
  | { readonly kind: 'reconnect'; readonly taking: number }
  /** The client takes nothing while the log goes on. */
  | { readonly kind: 'sleep'; readonly places: readonly number[] };

const places = (max: number) => fc.array(fc.nat(7), { minLength: 1, maxLength: max });
const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('append' as const), places: places(6) }),
    fc.record({ kind: fc.constant('reconnect' as const), taking: fc.nat(8) }),
    fc.record({ kind: fc.constant('sleep' as const), places: places(20) }),
  ),
  { maxLength: 12 },
);

/** The client of one tenant in a log of two, from the start, over as many connections as it needs. */
class Reader {
  readonly got: LogRecord[] = [];
  private session: StreamSession;
  private steps: ReturnType<StreamSession['steps']>;

  constructor(
    private readonly log: ArrayLog,
    private readonly feed: LiveFeed,
  ) {
    this.session = this.openAt(new Map(START));
    this.steps = this.session.steps();
  }

  /** At most so many records; answers whether any came before a sign of life. */
  async take(count: number): Promise<boolean> {
    const { value: step } = await this.steps.next();
    if (step?.kind !== 'records') return false;
    for (const record of step.records.slice(0, count)) {
      this.session.passed(record);
      this.got.push(record);
    }
    if (count < step.records.length) await this.reconnect();
    return true;
  }

  /** With the last id that it saw. */
  async reconnect(): Promise<void> {
    const id = encodePosition({
      log: '0'.repeat(12),
      issuedAt: 1,
      places: this.session.position(),
    });
    await this.close();
    const from = decodePosition(id)?.places ?? [];
    this.session = this.openAt(new Map(from.map((place) => [partitionName(place), place])));
    this.steps = this.session.steps();
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  private openAt(from: Positions): StreamSession {
    return new StreamSession({
      tenant: 'own',
      topics: TOPICS,
      feeds: [this.feed],
      from,
      openReader: async () => this.log.reader(2),
      limits: LIMITS,
    });
  }
}

const START = TOPICS.flatMap((topic) =>
  [0, 1].map((partition) => {
    const place = { topic, partition, next: 0 };
    return [partitionName(place), place] as const;
  }),
);

describe('a stream', () => {
  it('gives every record of its tenant once and in order, wherever it stops, sleeps and begins again', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, async (history) => {
        const log = new ArrayLog();
        const before = log.reader(3);
        const feed = new LiveFeed(before, await before.ranges());
        const reader = new Reader(log, feed);
        const own: LogRecord[] = [];
        const append = (list: readonly number[]): void => {
          for (const place of list) {
            const tenant = place < 4 ? 'own' : 'other';
            const record = log.append({ tenant, place, text: `r${own.length}` });
            if (tenant === 'own') own.push(record);
          }
        };
        for (const deed of history) {
          if (deed.kind === 'append') append(deed.places);
          if (deed.kind === 'reconnect') {
            await reader.take(deed.taking);
            await reader.reconnect();
          }
          if (deed.kind === 'sleep') {
            await reader.take(1_000);
            append(deed.places);
            for (let turns = 0; turns < 5; turns++) await turn();
          }
        }
        for (let quiet = 0; quiet < 2;) quiet = (await reader.take(1_000)) ? 0 : quiet + 1;
        await reader.close();
        const closed = feed.close();
        log.close();
        await closed;
        const named = (records: readonly LogRecord[]) =>
          [...Map.groupBy(records, partitionName)]
            .map(([name, list]) => [name, list.map(({ offset }) => offset)])
            .sort();
        expect(named(reader.got)).toEqual(named(own));
      }),
      { numRuns: 200 },
    );
  });
});
