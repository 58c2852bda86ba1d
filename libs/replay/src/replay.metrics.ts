import type { OnModuleInit } from '@nestjs/common';
import type { ServiceName } from '#contracts';
import { Metrics, Reading } from '#runtime';
import type { UnitOfWork } from '#storage';
import type { ReplayBook } from './replay-book.js';

/** What `/metrics` of a service tells of its replays; the same from every replica. */
export class ReplayMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly unitOfWork: UnitOfWork,
    private readonly parts: { readonly service: ServiceName; readonly book: ReplayBook },
  ) {}

  onModuleInit(): void {
    const { service, book } = this.parts;
    const failed = new Reading(() => this.unitOfWork.run((each) => book.countFailed(each)));
    this.metrics.gauge({
      name: `touchline_${service}_replays_failed`,
      help: 'Tenants whose newest replay, dry runs aside, was given up.',
      read: () => failed.value(),
    });
  }
}
