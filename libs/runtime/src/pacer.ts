import { Logger } from '@nestjs/common';

/** How soon it looks for what another process was asked for, or left. */
const EVERY_MS = 5_000;
/** How long it rests after a step, in times of what the step took: in a process that has nothing else to do, in a busy one. */
const REST_IDLE = 0.25;
const REST_BUSY = 4;

export interface PacerOptions {
  /** As the log calls it. */
  readonly work: string;
  /** Takes a step; answers whether there may be another one to take. */
  readonly step: () => Promise<boolean>;
}

/** Takes steps of work in the background, never two at once, and rests between: at its own pace, and at once when told so. */
export class Pacer {
  private readonly logger = new Logger(Pacer.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  /** Waits for something to do, and does not rest. */
  private isIdle = false;
  private isWanted = false;
  private isStopped = false;
  /** The event loop at the end of the last step. */
  private since = performance.eventLoopUtilization();

  constructor(private readonly options: PacerOptions) {}

  start(): void {
    this.schedule(0);
  }

  /** Waits for the step under way. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** There is something to do. */
  wake(): void {
    this.isWanted = true;
    if (this.isIdle) this.schedule(0);
  }

  private schedule(afterMs: number): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.step().then((restMs) => this.schedule(restMs));
    }, afterMs);
  }

  /** How long to rest afterwards. */
  private async step(): Promise<number> {
    this.isWanted = false;
    this.isIdle = false;
    const { utilization } = performance.eventLoopUtilization(this.since);
    const startedAt = performance.now();
    try {
      if (await this.options.step()) return restAfter(performance.now() - startedAt, utilization);
    } catch (error) {
      this.logger.warn({ err: error }, `${this.options.work} failed; it is tried again`);
    } finally {
      this.since = performance.eventLoopUtilization();
    }
    this.isIdle = true;
    return this.isWanted ? 0 : EVERY_MS;
  }
}

/** `utilization`: share of the time before the step in which the process was busy with other things. */
export function restAfter(tookMs: number, utilization: number): number {
  return Math.ceil(tookMs * (REST_IDLE + (REST_BUSY - REST_IDLE) * utilization));
}
