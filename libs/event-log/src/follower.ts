import { backoffMs, pause, reportRetry, untilDone } from './delivery.js';
import type {
  FollowOptions,
  Following,
  LogReader,
  LogRecord,
  PartitionRange,
  Positions,
  SubscribeOptions,
} from './event-log.js';
import { partitionName } from './start-offsets.js';

/** Hands over every record of the topics in partition order; a handler that throws gets the same records again. */
export class Follower implements Following {
  private positions: Positions = new Map();
  private readonly stopping = new AbortController();
  private readonly waiting: { readonly goal: Positions; readonly resolve: () => void }[] = [];
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: LogReader,
    private readonly options: FollowOptions & Pick<SubscribeOptions, 'onRetry'>,
  ) {}

  async start(): Promise<void> {
    const ranges = await this.source.ranges();
    this.positions = positionsAt(ranges, this.options.from === 'earliest' ? 'earliest' : 'next');
    this.loop = this.run();
  }

  async caughtUp(): Promise<void> {
    const goal = positionsAt(await this.source.ranges(), 'next');
    if (this.hasReached(goal)) return;
    return new Promise((resolve) => this.waiting.push({ goal, resolve }));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    for (const { resolve } of this.waiting.splice(0)) resolve();
    await this.source.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const { records, after } = await this.source.fetch(this.positions);
        await this.hand(records, after);
        failures = 0;
      } catch (error) {
        failures += 1;
        reportRetry(this.options.onRetry, error, failures);
        await pause(backoffMs(failures), signal);
      }
    }
  }

  private async hand(records: readonly LogRecord[], after: Positions): Promise<void> {
    const { signal } = this.stopping;
    if (records.length > 0) {
      const done = await untilDone(async () => this.options.onRecords(records), {
        signal,
        onRetry: this.options.onRetry,
      });
      if (done === undefined) return;
    }
    this.positions = after;
    const reached = this.waiting.filter(({ goal }) => this.hasReached(goal));
    for (const each of reached) {
      this.waiting.splice(this.waiting.indexOf(each), 1);
      each.resolve();
    }
  }

  private hasReached(goal: Positions): boolean {
    return [...goal].every(([name, { next }]) => (this.positions.get(name)?.next ?? 0) >= next);
  }
}

function positionsAt(ranges: readonly PartitionRange[], edge: 'earliest' | 'next'): Positions {
  return new Map(
    ranges.map((range) => [
      partitionName(range),
      { topic: range.topic, partition: range.partition, next: range[edge] },
    ]),
  );
}
