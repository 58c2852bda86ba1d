import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#kernel';
import { Metrics, Reading, TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import { ExpireDue, expiriesOf } from '../../application/expire-due.js';

const MS_A_SECOND = 1_000;

interface Reached {
  readonly tenant: string;
  readonly reached_at: number;
}

@Injectable()
export class RetentionStanding {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly directory: TenantDirectory,
    private readonly clock: Clock,
  ) {}

  async lagMs(): Promise<number> {
    const now = this.clock.now();
    const wanted = expiriesOf(this.directory, now);
    if (wanted.length === 0) return 0;
    const rows = await this.unitOfWork.read<Reached>('SELECT tenant, reached_at FROM retention');
    const reached = new Map(rows.map((row) => [row.tenant, row.reached_at]));
    const lags = wanted.map(
      ({ tenant, horizon, startsAt }) =>
        horizon - (reached.get(tenant) ?? horizon - (now - startsAt)),
    );
    return Math.max(0, ...lags);
  }
}

@Injectable()
export class RetentionMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly expireDue: ExpireDue,
    private readonly standing: RetentionStanding,
  ) {}

  onModuleInit(): void {
    this.metrics.total({
      name: 'touchline_identity_expired_total',
      help: 'Interactions that were taken away by age (setting retentionDays).',
      read: () => this.expireDue.expired,
    });
    const lag = new Reading(() => this.standing.lagMs());
    this.metrics.gauge({
      name: 'touchline_identity_retention_lag_seconds',
      help: 'Of the tenant that is furthest behind: how long what should be gone has been due. 0: nothing is, or nobody sets retentionDays.',
      read: async () => (await lag.value()) / MS_A_SECOND,
    });
  }
}
