import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { PublishBuckets } from '../../application/publishing/publish-buckets.js';
import { RefreshRolling } from '../../application/answering/refresh-rolling.js';
import { BringUpToDate } from '../../application/counting/bring-up-to-date.js';
import type { PublicationRule } from '../../domain/publication.js';

export abstract class PublisherOptions {
  abstract readonly rule: PublicationRule;
  /** Pause between two rounds. */
  abstract readonly everyMs: number;
  /** Shortest time between two refreshes of the rolling table within a minute. */
  abstract readonly rollingRestMs: number;
}

/** The heartbeat of the service: brings buckets under changed settings and definitions, publishes those that are due, keeps the rolling table. */
@Injectable()
export class BucketPublisher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('BucketPublisher');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;
  private finishedAt = performance.now();

  constructor(
    private readonly publish: PublishBuckets,
    private readonly upToDate: BringUpToDate,
    private readonly rolling: RefreshRolling,
    private readonly options: PublisherOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  /** Waits for the round in flight, so that nothing uses the database while it closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Since the last round that went through, or the start. */
  get ageMs(): number {
    return performance.now() - this.finishedAt;
  }

  private schedule(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.running = this.round().finally(() => this.schedule());
    }, this.options.everyMs);
  }

  private async round(): Promise<void> {
    try {
      const { rebuilt, built } = await this.upToDate.execute();
      if (rebuilt.length > 0) this.logger.log({ tenants: rebuilt.length }, 'buckets rebuilt');
      if (built.length > 0) this.logger.log({ tenants: built.length }, 'KPI definitions in force');
      await this.rolling.execute(this.options.rollingRestMs);
      await this.publish.execute(this.options.rule);
      this.finishedAt = performance.now();
    } catch (error) {
      // The next round tries again: what was due stays due.
      this.logger.warn({ err: error }, 'publishing failed');
    }
  }
}
