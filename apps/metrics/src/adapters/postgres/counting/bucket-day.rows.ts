import type { BucketKey } from '../../../domain/contribution.js';
import { dayOf } from '../../../domain/day.js';

/**
 * Part of the statement that writes buckets (`written`), behind them in the order of locks: the days touched get new tokens.
 * Tokens are drawn, not counted: a database put back to an earlier state never gives one a second meaning.
 */
export const RENEW_DAYS = `renewed AS (
  INSERT INTO bucket_day (tenant, day, token)
  SELECT d.tenant, d.day, gen_random_uuid()
  FROM (SELECT count(*) FROM written) behind, unnest($16::text[], $17::int[]) AS d (tenant, day)
  ON CONFLICT (tenant, day) DO UPDATE SET token = excluded.token)`;

/** Tenants and days, sorted; nobody asks shadows, which have negative versions. */
export function daysTouched(changes: readonly BucketKey[]): unknown[][] {
  const asked = changes.filter(({ version }) => version > 0);
  const touched = new Map(
    asked.map(({ tenant, startMs }) => {
      const day = dayOf(startMs);
      return [`${tenant}\u0000${day}`, { tenant, day }];
    }),
  );
  const sorted = [...touched.values()].sort(
    (a, b) => (a.tenant < b.tenant ? -1 : Number(a.tenant > b.tenant)) || a.day - b.day,
  );
  return [sorted.map(({ tenant }) => tenant), sorted.map(({ day }) => day)];
}
