import { setTimeout as sleep } from 'node:timers/promises';
import { partitionName } from '#event-log';
import type { LogReader, LogRecord, PartitionRange, Positions } from '#event-log';

/** Who is told what comes; never waited for. */
export interface FeedMember {
  push(record: LogRecord): void;
}

const AGAIN_MS = 1_000;

/** One reader at the end of some topics, for all streams of the process that want them. */
export class LiveFeed {
  private readonly members = new Set<FeedMember>();
  private at: Positions;
  private isClosed = false;
  private readonly loop: Promise<void>;

  constructor(
    private readonly reader: LogReader,
    ranges: readonly PartitionRange[],
  ) {
    this.at = new Map(ranges.map((range) => [partitionName(range), range]));
    this.loop = this.run();
  }

  /** From here on members are told; all that lies before was told, or is the log's to tell. */
  get positions(): Positions {
    return this.at;
  }

  join(member: FeedMember): void {
    this.members.add(member);
  }

  leave(member: FeedMember): void {
    this.members.delete(member);
  }

  get isEmpty(): boolean {
    return this.members.size === 0;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.loop;
    await this.reader.close();
  }

  private tell(record: LogRecord): void {
    for (const member of this.members) member.push(record);
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      try {
        const { records, after } = await this.reader.fetch(this.at);
        // In one turn: who joins sees both the positions and the records, or neither.
        this.at = after;
        records.forEach((record) => this.tell(record));
      } catch {
        // The log is away; readiness tells. What comes meanwhile is read when it is back.
        await sleep(AGAIN_MS);
      }
    }
  }
}
