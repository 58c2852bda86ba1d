import type { LogReader, LogRecord, PartitionRange, Positions } from '../event-log.js';
import { partitionName } from '../start-offsets.js';
import type { ClusterReader, FetchFrom } from './cluster-reader.js';
import type { Topology } from './topology.js';

export const LIMITS = { waitMs: 500, bytesMax: 1_048_576 } as const;

/** Reads whole topics over a connection of its own, by long polls. */
export class KafkaTail implements LogReader {
  constructor(
    private readonly reader: ClusterReader,
    private readonly topology: Topology,
    private readonly topics: readonly string[],
    private readonly limits: { readonly waitMs: number; readonly bytesMax: number } = LIMITS,
  ) {}

  ranges(): Promise<readonly PartitionRange[]> {
    return this.topology.ranges(this.topics);
  }

  async fetch(
    from: Positions,
  ): Promise<{ readonly records: readonly LogRecord[]; readonly after: Positions }> {
    try {
      const fetched = await this.reader.fetch(
        [...from.values()].map((at) => this.prefixed(at)),
        this.limits,
      );
      const after = new Map(from);
      for (const at of fetched.after) {
        const topic = this.topology.bare(at.topic);
        after.set(partitionName({ ...at, topic }), { ...at, topic });
      }
      return {
        records: fetched.records.map((record) => ({
          ...record,
          topic: this.topology.bare(record.topic),
        })),
        after,
      };
    } catch (error) {
      if (!isOutOfRange(error)) throw error;
      return { records: [], after: await this.held(from) };
    }
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  /** A follower stores no offsets: what retention took before it came by is simply not there. */
  private async held(from: Positions): Promise<Positions> {
    const ranges = await this.ranges();
    return new Map(
      ranges.flatMap((range) => {
        const name = partitionName(range);
        const at = from.get(name);
        if (at === undefined) return [];
        const isHeld = at.next >= range.earliest && at.next <= range.next;
        return [[name, { ...at, next: isHeld ? at.next : range.earliest }]];
      }),
    );
  }

  private prefixed(at: FetchFrom): FetchFrom {
    return { ...at, topic: this.topology.prefixed(at.topic) };
  }
}

function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSOffsetOutOfRange';
}
