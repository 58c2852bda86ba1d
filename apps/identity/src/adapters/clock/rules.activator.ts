import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { ActivateRules } from '../../application/activate-rules.js';

/** How soon another worker takes up what one left. */
const EVERY_MS = 5_000;

/** Activates rules that were asked for, never two at once: at its own pace, and at once when told so. */
@Injectable()
export class RulesActivator implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('RulesActivator');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private isWanted = false;
  private isStopped = false;

  constructor(private readonly activateRules: ActivateRules) {}

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
      this.running = this.activate().finally(() => this.schedule(this.isWanted ? 0 : EVERY_MS));
    }, afterMs);
  }

  private async activate(): Promise<void> {
    this.isWanted = false;
    this.isRunning = true;
    try {
      await this.activateRules.execute();
    } catch (error) {
      this.logger.warn({ err: error }, 'activating rules failed; it is tried again');
    } finally {
      this.isRunning = false;
    }
  }
}
