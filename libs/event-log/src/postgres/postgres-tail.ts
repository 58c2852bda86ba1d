import type pg from 'pg';
import type { LogReader, LogRecord, PartitionRange, Positions } from '../event-log.js';
import { partitionName } from '../start-offsets.js';
import { advanced, takes } from './cursor.js';
import { readPage, readRanges } from './record-store.js';
import type { Position } from './record-store.js';
import type { TopicEntry } from './topic-directory.js';
import { Bell } from './wake-up.js';
import type { WakeUp } from './wake-up.js';

const PAGE_MAX = 1_000;

export interface PostgresTailOptions {
  readonly pool: pg.Pool;
  readonly wakeUp: WakeUp;
  readonly topics: readonly TopicEntry[];
  readonly pollMs: number;
  readonly pageMax?: number;
}

/** Reads whole topics without a group: settings copies, `tail`, streams. */
export class PostgresTail implements LogReader {
  private readonly bell = new Bell();
  private readonly unlisten: () => void;
  private readonly places: readonly Omit<Position, 'next'>[];

  constructor(private readonly options: PostgresTailOptions) {
    this.places = options.topics.flatMap(({ topicId, name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topicId, topic: name, partition })),
    );
    this.unlisten = options.wakeUp.listen(() => this.bell.ring());
  }

  ranges(): Promise<readonly PartitionRange[]> {
    return readRanges(this.options.pool, this.places);
  }

  async fetch(
    from: Positions,
  ): Promise<{ readonly records: readonly LogRecord[]; readonly after: Positions }> {
    this.bell.reset();
    const positions = this.places.flatMap((place) => {
      const next = from.get(partitionName(place))?.next;
      return next === undefined ? [] : [{ ...place, next }];
    });
    const ranges = await readRanges(this.options.pool, positions);
    const asked = takes(positions, ranges, this.options.pageMax ?? PAGE_MAX);
    if (asked.every((take) => take === 0)) {
      await this.bell.wait(this.options.pollMs);
      return { records: [], after: from };
    }
    const page = await readPage(this.options.pool, positions, asked);
    const after = advanced(positions, page, asked);
    return {
      records: page.records,
      after: new Map([
        ...from,
        ...after.map((position) => [partitionName(position), position] as const),
      ]),
    };
  }

  async close(): Promise<void> {
    this.unlisten();
  }
}
