import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '#kernel';
import { ForgetRejections } from '../application/rejections/forget-rejections.js';
import { IngestionConfig } from '../ingestion.config.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Forgets old rejections at the start and every hour, never twice at once. A failure is logged; the next hour catches up. */
@Injectable()
export class RejectionSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('RejectionSweeper');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(ForgetRejections) private readonly forgetRejections: ForgetRejections,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(IngestionConfig) private readonly config: IngestionConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.sweep();
    this.timer = setInterval(() => {
      this.running = this.running.then(() => this.sweep());
    }, HOUR_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async sweep(): Promise<void> {
    try {
      const keptMs = this.config.TOUCHLINE_REJECTION_DAYS * DAY_MS;
      await this.forgetRejections.execute(this.clock.now() - keptMs);
    } catch (error) {
      this.logger.warn(
        { err: error },
        'old rejections were not forgotten; the next hour catches up',
      );
    }
  }
}
