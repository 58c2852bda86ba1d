import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { ExpiryStore } from '../../application/expiring/ports.js';
import type { Expiry, Preview, Progress } from '../../application/expiring/ports.js';
import type { InteractionName } from '../../application/ports.js';

/** Of a winner `w`: it brought a consent, which is kept (`outlivesRetention`). */
const IS_CONSENT = `EXISTS (
  SELECT FROM trait t WHERE (t.tenant, t.source, t.id) = (w.tenant, w.source, w.id) AND t.kind = 'consent')`;

const CONSENTS = `
  SELECT tenant, source, id FROM unnest($1::text[], $2::text[], $3::text[]) AS w (tenant, source, id) WHERE ${IS_CONSENT}`;

/** No index is kept for it on the way of every batch: once a day all winners of the tenant are read. */
const LIST = `
  WITH listed AS (
    INSERT INTO expiring (tenant, place, source, id)
    SELECT w.tenant, coalesce(f.profile_key, 0), w.source, w.id
      FROM winner w LEFT JOIN filing f ON f.filing = w.filing
     WHERE w.tenant = $1 AND w.at < $2 AND w.filing <> '' AND NOT ${IS_CONSENT} LIMIT $3
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*) AS count FROM listed`;

const NEXT = `
  DELETE FROM expiring WHERE (tenant, place, source, id) IN (
    SELECT tenant, place, source, id FROM expiring WHERE tenant = $1 ORDER BY place, source, id LIMIT $2)
  RETURNING tenant, source, id`;

const FORGET_WORDS = `
  WITH unseen AS (SELECT array_agg(name) AS names FROM identifier WHERE name = ANY($1) AND value = '')
  UPDATE call_entry SET said_a = CASE WHEN a = ANY(names) THEN '' ELSE said_a END,
                        said_b = CASE WHEN b = ANY(names) THEN '' ELSE said_b END,
                        reason = CASE WHEN a = ANY(names) AND b = ANY(names) THEN '' ELSE reason END
  FROM unseen WHERE a = ANY(names) OR b = ANY(names)`;

const MONTHS = `
  SELECT to_char(to_timestamp(at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*) AS interactions
    FROM winner w WHERE tenant = $1 AND at < $2 AND filing <> '' AND NOT ${IS_CONSENT} GROUP BY 1 ORDER BY 1`;

/** Of profiles that hold nothing but withdrawn interactions nothing is shown: they are not counted. */
const PROFILES = `
  SELECT count(*) AS count FROM (
    SELECT FROM filing f WHERE tenant = $1 AND total > 0 GROUP BY profile_key
    HAVING max(last_at) < $2 AND NOT bool_or(EXISTS (
      SELECT FROM trait t WHERE t.filing = f.filing AND t.kind = 'consent'))) AS old`;

@Injectable()
export class PostgresExpiryStore extends ExpiryStore {
  async lead(transaction: Transaction): Promise<boolean> {
    const [row] = await transaction.query<{ leads: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('identity retention', 0)) AS leads`,
    );
    return row?.leads ?? false;
  }

  async progress(transaction: Transaction, tenant: string): Promise<Progress> {
    const [row] = await transaction.query<Progress>(
      `SELECT listed_at AS "listedAt", reached_at AS "reachedAt", expired FROM retention WHERE tenant = $1`,
      [tenant],
    );
    return row ?? { listedAt: 0, reachedAt: 0, expired: 0 };
  }

  async advance(
    transaction: Transaction,
    tenant: string,
    { listedAt, reachedAt, expired }: Progress,
  ): Promise<void> {
    await transaction.query(
      `INSERT INTO retention VALUES ($1, $2, $3, $4) ON CONFLICT (tenant) DO UPDATE
         SET listed_at = excluded.listed_at, reached_at = excluded.reached_at, expired = excluded.expired`,
      [tenant, listedAt, reachedAt, expired],
    );
  }

  list(transaction: Transaction, expiry: Expiry & { readonly limit: number }): Promise<number> {
    return countIn(transaction, LIST, [expiry.tenant, expiry.horizon, expiry.limit]);
  }

  next(transaction: Transaction, tenant: string, limit: number): Promise<InteractionName[]> {
    return transaction.query<InteractionName>(NEXT, [tenant, limit]);
  }

  consents(
    transaction: Transaction,
    names: readonly InteractionName[],
  ): Promise<InteractionName[]> {
    return transaction.query<InteractionName>(CONSENTS, [
      names.map(({ tenant }) => tenant),
      names.map(({ source }) => source),
      names.map(({ id }) => id),
    ]);
  }

  waiting(transaction: Transaction, tenant: string): Promise<number> {
    return countIn(transaction, 'SELECT count(*) AS count FROM expiring WHERE tenant = $1', [
      tenant,
    ]);
  }

  async forgetWords(transaction: Transaction, names: readonly string[]): Promise<void> {
    await transaction.query(FORGET_WORDS, [names]);
  }

  async preview(transaction: Transaction, { tenant, horizon }: Expiry): Promise<Preview> {
    const months = await transaction.query<Preview['months'][number]>(MONTHS, [tenant, horizon]);
    const interactions = months.reduce((sum, month) => sum + month.interactions, 0);
    const profiles = await countIn(transaction, PROFILES, [tenant, horizon]);
    return { interactions, profiles, months };
  }
}

async function countIn(
  transaction: Transaction,
  sql: string,
  parameters: readonly unknown[],
): Promise<number> {
  const [row] = await transaction.query<{ count: number }>(sql, parameters);
  return row?.count ?? 0;
}
