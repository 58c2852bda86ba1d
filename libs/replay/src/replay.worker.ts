import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RunReplays } from './run-replays.js';

/** How soon a worker finds what another process was asked for, or left. */
const EVERY_MS = 5_000;
/** After a step it rests as long as the step took, so that live batches have half of the time at least. */
const REST_SHARE = 1;
const REST_MIN_MS = 5;

/** Takes replays on, a step at a time, and rests between: at its own pace, and at once when told so. */
@Injectable()
export class ReplayWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('ReplayWorker');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private isWanted = false;
  private isStopped = false;

  constructor(private readonly replays: RunReplays) {}

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** There is something to do. */
  wake(): void {
    this.isWanted = true;
    if (!this.isRunning) this.schedule(0);
  }

  private schedule(afterMs: number): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.step().then((restMs) => this.schedule(this.isWanted ? 0 : restMs));
    }, afterMs);
  }

  /** How long to rest afterwards. */
  private async step(): Promise<number> {
    this.isWanted = false;
    this.isRunning = true;
    const startedAt = performance.now();
    try {
      if (!(await this.replays.execute())) return EVERY_MS;
      return Math.max(REST_MIN_MS, (performance.now() - startedAt) * REST_SHARE);
    } catch (error) {
      this.logger.warn({ err: error }, 'a step of a replay failed; it is tried again');
      return EVERY_MS;
    } finally {
      this.isRunning = false;
    }
  }
}
