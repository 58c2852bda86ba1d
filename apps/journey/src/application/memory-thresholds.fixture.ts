import type { Transaction } from '#storage';
import {
  DEFAULT_THRESHOLDS,
  thresholdsName,
  type ThresholdsByTenant,
} from '../domain/thresholds.js';
import { ThresholdStore, type ThresholdsNews } from './ports.js';

export class MemoryThresholds extends ThresholdStore {
  readonly inForce = new Map<string, ThresholdsNews>();
  /** References of replays that were asked for. */
  readonly replays: string[] = [];

  async bringIntoForce(_: Transaction, news: readonly ThresholdsNews[]): Promise<void> {
    for (const each of news) {
      const before = this.inForce.get(each.tenant);
      if (before !== undefined && before.revision >= each.revision) continue;
      this.inForce.set(each.tenant, each);
      const was = before?.thresholds ?? DEFAULT_THRESHOLDS;
      if (thresholdsName(was) !== thresholdsName(each.thresholds))
        this.replays.push(`settings/${each.revision}`);
    }
  }

  async read(_: Transaction, tenants: readonly string[]): Promise<ThresholdsByTenant> {
    const known = tenants.flatMap((tenant) => this.inForce.get(tenant) ?? []);
    return new Map(
      known.map(({ tenant, revision, thresholds }) => [tenant, { revision, ...thresholds }]),
    );
  }
}
