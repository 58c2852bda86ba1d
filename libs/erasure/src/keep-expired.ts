import { LOG_RETENTION_MS } from '#contracts';
import type { Transaction } from '#storage';

export interface GoneInteraction {
  readonly tenant: string;
  /** Keyed. */
  readonly name: string;
  readonly erasureId: string;
  /** It went by age: content of this revision and later lives. Undefined: it was erased, for ever. */
  readonly until: number | undefined;
}

/** Twice as long as any topic that is a log. */
const EXPIRED_NAMES_MS = 2 * LOG_RETENTION_MS;
/** More than a batch brings: the names of long ago get fewer. */
const FORGOTTEN_AT_ONCE = 2_000;

/** Those that are so old that nothing of theirs can come go at the same time. */
export async function keepExpired(
  transaction: Transaction,
  gone: readonly GoneInteraction[],
): Promise<void> {
  if (gone.length === 0) return;
  await transaction.query(
    `WITH clock AS (SELECT (extract(epoch FROM now()) * 1000)::bigint AS now),
     forgotten AS (
       DELETE FROM erased_interaction WHERE (tenant, name) IN (
         SELECT tenant, name FROM erased_interaction, clock
          WHERE noted_at < clock.now - $5 ORDER BY noted_at LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE OF erased_interaction SKIP LOCKED)
         AND (tenant, name) NOT IN (SELECT * FROM unnest($1::text[], $2::uuid[]))),
     entered AS (
       INSERT INTO erasing_tenant (tenant, newest_at) SELECT DISTINCT tenant, 0 FROM unnest($1::text[]) AS tenant
       ON CONFLICT DO NOTHING)
     INSERT INTO erased_interaction AS e (tenant, name, erasure_id, is_gone, until_revision, noted_at)
     SELECT DISTINCT ON (tenant, name) tenant, name, erasure_id, false, until, clock.now
       FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[]) AS g (tenant, name, erasure_id, until), clock
      ORDER BY tenant, name, until DESC
     ON CONFLICT (tenant, name) DO UPDATE
        SET erasure_id = excluded.erasure_id, until_revision = excluded.until_revision, noted_at = excluded.noted_at
      WHERE e.until_revision < excluded.until_revision`,
    [...namesOf(gone), gone.map(({ until }) => until), EXPIRED_NAMES_MS],
  );
}

/** As columns. */
export function namesOf(
  rows: readonly { readonly tenant: string; readonly name: string; readonly erasureId: string }[],
): unknown[][] {
  return [
    rows.map(({ tenant }) => tenant),
    rows.map(({ name }) => name),
    rows.map(({ erasureId }) => erasureId),
  ];
}
