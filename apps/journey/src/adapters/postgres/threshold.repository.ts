import { ReplayBook } from '#replay';
import type { Transaction } from '#storage';
import { ThresholdStore, type ThresholdsNews } from '../../application/ports.js';
import {
  DEFAULT_THRESHOLDS,
  thresholdsName,
  type ThresholdsByTenant,
  type ThresholdsInForce,
} from '../../domain/thresholds.js';

/** Of the tenants $1, as JSON by tenant; null where there are none. */
export const THRESHOLDS_IN_FORCE = `SELECT json_object_agg(t.tenant, json_build_object('revision', t.revision,
    'issueWindowMs', t.issue_window_ms, 'sessionInactivityMs', t.session_inactivity_ms))::text
  FROM threshold t WHERE t.tenant = ANY ($1::text[])`;

export function thresholdsOf(text: string | null): ThresholdsByTenant {
  if (text === null) return NONE;
  return new Map(Object.entries(JSON.parse(text) as Record<string, ThresholdsInForce>));
}

const NONE: ThresholdsByTenant = new Map();

export class PostgresThresholds extends ThresholdStore {
  private readonly replays = new ReplayBook();

  /** A change of settings is rare: statements a tenant do no harm. */
  async bringIntoForce(
    transaction: Transaction,
    news: readonly ThresholdsNews[],
    at: number,
  ): Promise<void> {
    for (const [tenant, { revision, thresholds }] of newestOf(news)) {
      const before = (await this.lock(transaction, tenant)) ?? {
        ...DEFAULT_THRESHOLDS,
        revision: -1,
      };
      if (before.revision >= revision) continue;
      const { issueWindowMs, sessionInactivityMs } = thresholds;
      await transaction.query(
        `INSERT INTO threshold (tenant, revision, issue_window_ms, session_inactivity_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant) DO UPDATE SET revision = excluded.revision, issue_window_ms = excluded.issue_window_ms,
           session_inactivity_ms = excluded.session_inactivity_ms`,
        [tenant, revision, issueWindowMs, sessionInactivityMs],
      );
      if (thresholdsName(before) === thresholdsName(thresholds)) continue;
      const ref = `settings/${revision}`;
      const wish = { tenant, isDryRun: false, requestedBy: ref, requestedAt: at, ref };
      await this.replays.request(transaction, wish);
    }
  }

  private async lock(
    transaction: Transaction,
    tenant: string,
  ): Promise<ThresholdsInForce | undefined> {
    const [row] = await transaction.query<ThresholdsInForce>(
      `SELECT revision, issue_window_ms AS "issueWindowMs", session_inactivity_ms AS "sessionInactivityMs"
         FROM threshold WHERE tenant = $1 FOR UPDATE`,
      [tenant],
    );
    return row;
  }

  async read(transaction: Transaction, tenants: readonly string[]): Promise<ThresholdsByTenant> {
    const [row] = await transaction.query<{ thresholds: string | null }>(
      `SELECT (${THRESHOLDS_IN_FORCE}) AS thresholds`,
      [tenants],
    );
    return thresholdsOf(row?.thresholds ?? null);
  }
}

/** In order of tenants: the order of locks. */
function newestOf(news: readonly ThresholdsNews[]): [string, ThresholdsNews][] {
  const newest = new Map<string, ThresholdsNews>();
  for (const each of news)
    if (each.revision > (newest.get(each.tenant)?.revision ?? -1)) newest.set(each.tenant, each);
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1));
}
