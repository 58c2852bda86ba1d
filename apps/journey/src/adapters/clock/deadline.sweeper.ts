import {
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Clock } from '#kernel';
import type { SweepDeadlines } from '../../application/sweep-deadlines.js';

/** Sweeps at a fixed pace, never two at once. A failed sweep is logged; the next one does its work. */
export class DeadlineSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('DeadlineSweeper');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly deadlines: SweepDeadlines,
    private readonly clock: Clock,
    private readonly everyMs: number,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(afterMs: number): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.running = this.sweep().finally(() => this.schedule(this.everyMs));
    }, afterMs);
  }

  private async sweep(): Promise<void> {
    try {
      await this.deadlines.execute(this.clock.now());
    } catch (error) {
      this.logger.warn({ err: error }, 'a sweep failed; the next one catches up');
    }
  }
}
