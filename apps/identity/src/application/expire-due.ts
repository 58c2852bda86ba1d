/** Steps of retention, for tenants that keep what occurred for a while only: in turn, so that nobody waits for a large one. */
import { Injectable } from '@nestjs/common';
import { parseInstant } from '#contracts';
import { Clock, compareText } from '#kernel';
import { TenantDirectory } from '#runtime';
import { horizonOf } from '../domain/horizon.js';
import { ExpireInteractions } from './expire-interactions.js';
import type { Expiry } from './expiring/ports.js';

@Injectable()
export class ExpireDue {
  /** Interactions that went by this process. */
  expired = 0;
  /** Of tenants that need not be asked about: nothing is left before it. */
  private readonly reached = new Map<string, number>();
  private lastTenant = '';

  constructor(
    private readonly directory: TenantDirectory,
    private readonly expireInteractions: ExpireInteractions,
    private readonly clock: Clock,
  ) {}

  /** One step. Answers whether there may be another one to take. */
  async execute(): Promise<boolean> {
    const due = expiriesOf(this.directory, this.clock.now()).filter(
      ({ tenant, horizon }) => horizon > (this.reached.get(tenant) ?? 0),
    );
    const next = due.find(({ tenant }) => compareText(tenant, this.lastTenant) > 0) ?? due[0];
    if (next === undefined) return false;
    this.lastTenant = next.tenant;
    const { state, expired } = await this.expireInteractions.execute(next);
    this.expired += expired;
    if (state === 'through') this.reached.set(next.tenant, next.horizon);
    return state !== 'busy';
  }
}

export interface DueExpiry extends Expiry {
  /** ms; nothing went before. */
  readonly startsAt: number;
}

/** Of every tenant that does not keep all, from when on it does not, in their order. */
export function expiriesOf(directory: TenantDirectory, now: number): DueExpiry[] {
  return directory
    .all()
    .flatMap(({ tenant, settings: { retentionDays, retentionStartsAt = '' } }) => {
      const startsAt = parseInstant(retentionStartsAt) ?? Infinity;
      if (retentionDays === undefined || startsAt > now) return [];
      return [{ tenant, horizon: horizonOf(now, retentionDays), startsAt }];
    })
    .sort((a, b) => compareText(a.tenant, b.tenant));
}
