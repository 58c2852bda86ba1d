/** How far retention is in a tenant, and what a setting would take before it is set. */
import { Injectable } from '@nestjs/common';
import { formatInstant } from '#contracts';
import { Clock } from '#kernel';
import { TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import { horizonOf } from '../domain/horizon.js';
import { ExpiryStore } from './expiring/ports.js';

export interface RetentionView {
  /** The setting; null: everything is kept. */
  readonly retentionDays: number | null;
  /** What occurred before is not to be kept; null: everything is. */
  readonly horizon: string | null;
  /** From when on it goes; until then the setting can be taken back. Null: everything is kept. */
  readonly startsAt: string | null;
  /** What occurred before is gone, but for what came since; null: nothing ever went. */
  readonly reached: string | null;
  /** Interactions that are listed to go. */
  readonly waiting: number;
  /** Interactions that went, ever. */
  readonly expired: number;
  /** What stands here now and would go under `days`, or the setting; null without either. */
  readonly preview: RetentionPreview | null;
}

export interface RetentionPreview {
  readonly days: number;
  readonly horizon: string;
  readonly interactions: number;
  /** Customers of whom nothing would be left. */
  readonly profiles: number;
  /** From the oldest, in UTC. */
  readonly months: readonly { readonly month: string; readonly interactions: number }[];
}

@Injectable()
export class ShowRetention {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly expiries: ExpiryStore,
    private readonly directory: TenantDirectory,
    private readonly clock: Clock,
  ) {}

  /** Counts by reading all interactions of the tenant. */
  async execute(tenant: string, asked: number | undefined): Promise<RetentionView> {
    const { expiries } = this;
    const { retentionDays, retentionStartsAt } = this.directory.settings(tenant);
    const now = this.clock.now();
    const days = asked ?? retentionDays;
    return this.unitOfWork.run(async (transaction): Promise<RetentionView> => {
      const { reachedAt, expired } = await expiries.progress(transaction, tenant);
      const horizon = horizonOf(now, days ?? 0);
      return {
        retentionDays: retentionDays ?? null,
        horizon: retentionDays === undefined ? null : formatInstant(horizonOf(now, retentionDays)),
        startsAt: retentionStartsAt ?? null,
        reached: reachedAt === 0 ? null : formatInstant(reachedAt),
        waiting: await expiries.waiting(transaction, tenant),
        expired,
        preview:
          days === undefined
            ? null
            : {
                days,
                horizon: formatInstant(horizon),
                ...(await expiries.preview(transaction, { tenant, horizon })),
              },
      };
    });
  }
}
