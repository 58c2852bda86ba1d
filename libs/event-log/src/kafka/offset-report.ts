import { partitionNamed } from '../start-offsets.js';

/** Often enough to scale by; one small request each time that something moved. */
const REPORT_EVERY_MS = 5_000;

export interface ReportedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface OffsetReportOptions {
  /** Offset wanted next of each partition held now, by name; undefined while none are held. */
  readonly wanted: () => ReadonlyMap<string, number> | undefined;
  /** Writes offsets of the group to Kafka. */
  readonly commit: (offsets: readonly ReportedOffset[]) => Promise<void>;
  /** The topic's name on the cluster. */
  readonly prefixed: (topic: string) => string;
}

/**
 * Tells Kafka from time to time how far the group is, for those who can only ask there: KEDA, which adds workers by lag, and
 * tools. Nothing here ever starts from these offsets — those of effects stand beside the effects — so a report that is lost,
 * late or from a worker that holds the partition no longer does no harm.
 */
export class OffsetReport {
  private readonly reported = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private isUnderWay = false;

  constructor(private readonly options: OffsetReportOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.report(), REPORT_EVERY_MS); // report() never rejects
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** One at a time: while Kafka is away kafkajs tries for long. */
  async report(): Promise<void> {
    const moved = new Map(
      [...(this.options.wanted() ?? [])].filter(([name, next]) => this.reported.get(name) !== next),
    );
    if (this.isUnderWay || moved.size === 0) return;
    this.isUnderWay = true;
    try {
      await this.options.commit([...moved].map((one) => this.offset(...one)));
      for (const [name, next] of moved) this.reported.set(name, next);
    } catch {
      // The next report says it again.
    } finally {
      this.isUnderWay = false;
    }
  }

  private offset(name: string, next: number): ReportedOffset {
    const { topic, partition } = partitionNamed(name);
    return { topic: this.options.prefixed(topic), partition, offset: String(next) };
  }
}
