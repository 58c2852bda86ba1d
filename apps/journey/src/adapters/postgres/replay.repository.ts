import { createHash } from 'node:crypto';
import type { Transaction } from '#storage';
import type { FactRef, Portrait, ProfileRef, StoredCheckpoint } from '../../application/ports.js';
import {
  ReplayStore,
  type ClassifiedEntry,
  type PagedProfile,
} from '../../application/replaying/ports.js';
import { writeStanding } from '../../domain/checkpoint.js';
import type { ProfileState } from '../../domain/profile.js';
import { positionOf } from '../../domain/timeline.js';
import { lockKnown } from './profile.repository.js';
import { columns, entryOf, factIdsOf, hexOf, type EntryRow } from './rows.js';

type ClassifiedRow = EntryRow & {
  readonly fact_id: string | null;
  readonly other_fact_id: string | null;
  readonly is_sequential: boolean;
};

/** Keys have 18 digits at most. */
const BEFORE_ALL = '-9223372036854775808';

export class PostgresReplays extends ReplayStore {
  async countProfiles(transaction: Transaction, tenant: string): Promise<number> {
    const [row] = await transaction.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM profile WHERE tenant = $1',
      [tenant],
    );
    return row?.count ?? 0;
  }

  /** Two range scans that end with the page, and an index entry a row that is counted. */
  async page(
    transaction: Transaction,
    { tenant, after }: { tenant: string; after: string },
    max: { profiles: number; rows: number },
  ): Promise<PagedProfile[]> {
    const rows = await transaction.query<{ profile_key: string; rows: number }>(
      `SELECT k.profile_key::text,
              (SELECT count(*)::int FROM (SELECT FROM timeline t
                 WHERE t.tenant = $1 AND t.profile_key = k.profile_key LIMIT $4) AS counted) AS rows
         FROM (SELECT profile_key FROM (
                 (SELECT profile_key FROM profile
                   WHERE tenant = $1 AND profile_key > $2
                   ORDER BY profile_key LIMIT $3)
                 UNION
                 (SELECT DISTINCT profile_key FROM fact
                   WHERE tenant = $1 AND profile_key > $2 AND NOT is_gone
                   ORDER BY profile_key LIMIT $3)) AS both_kinds
                ORDER BY profile_key LIMIT $3) AS k
        ORDER BY k.profile_key`,
      [tenant, after === '' ? BEFORE_ALL : after, max.profiles, max.rows],
    );
    return rows.map((row) => ({ tenant, profileKey: row.profile_key, rows: row.rows }));
  }

  lock(transaction: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]> {
    return lockKnown(transaction, profiles);
  }

  async portraits(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<(Portrait & { readonly body: Buffer })[]> {
    return transaction.query<Portrait & { readonly body: Buffer }>(
      `SELECT tenant, profile_key::text AS "profileKey", body FROM portrait
        WHERE (tenant, profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))`,
      namesOf(profiles),
    );
  }

  async liveRows(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<ClassifiedEntry[]> {
    const rows = await transaction.query<ClassifiedRow>(
      `SELECT tenant, profile_key::text, occurred_at, body, fact_id, other_fact_id, is_sequential FROM timeline
        WHERE (tenant, profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[])) AND NOT withdrawn`,
      namesOf(profiles),
    );
    return rows.map((row) => ({
      entry: entryOf(row),
      factIds: factIdsOf(row),
      isSequential: row.is_sequential,
    }));
  }

  /** Rows are locked before profiles elsewhere: one that a batch waits with is a deadlock, and the step is taken again. */
  async classify(transaction: Transaction, rows: readonly ClassifiedEntry[]): Promise<void> {
    if (rows.length === 0) return;
    await transaction.query(
      `UPDATE timeline t SET fact_id = r.fact_id, other_fact_id = r.other_fact_id, is_sequential = r.is_sequential
         FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::boolean[])
           AS r (tenant, source, id, fact_id, other_fact_id, is_sequential)
        WHERE t.tenant = r.tenant AND t.source = r.source AND t.id = r.id`,
      columns(
        rows,
        ({ entry }) => entry.tenant,
        ({ entry }) => positionOf(entry).source,
        ({ entry }) => positionOf(entry).id,
        ({ factIds }) => factIds[0] ?? null,
        ({ factIds }) => factIds[1] ?? null,
        ({ isSequential }) => isSequential,
      ),
    );
  }

  async keyedFacts(transaction: Transaction, profiles: readonly ProfileRef[]): Promise<FactRef[]> {
    const rows = await transaction.query<FactName>(
      `SELECT tenant, fact_id FROM fact
        WHERE (tenant, profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[])) AND NOT is_gone AND NOT is_sequential`,
      namesOf(profiles),
    );
    return rows.map(refOf);
  }

  async overdue(
    transaction: Transaction,
    facts: readonly FactRef[],
    watermark: number,
  ): Promise<FactRef[]> {
    if (facts.length === 0) return [];
    const rows = await transaction.query<FactName>(
      `SELECT tenant, fact_id FROM fact
        WHERE (tenant, fact_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))
          AND is_provisional AND NOT is_gone AND final_at <= $3`,
      [
        ...columns(
          facts,
          (row) => row.tenant,
          (row) => row.id,
        ),
        watermark,
      ],
    );
    return rows.map(refOf);
  }

  async keepCheckpoints(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void> {
    const written = new Map(
      checkpoints.map((each) => [checkpointName(each), writeStanding(each.standing)]),
    );
    const stored = await transaction.query<CheckpointName & { hash: string }>(
      `SELECT tenant, profile_key::text AS "profileKey", at, md5(standing) AS hash FROM checkpoint
        WHERE (tenant, profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))`,
      namesOf(profiles),
    );
    const isKept = ({ hash, ...name }: (typeof stored)[number]): boolean =>
      hash === md5(written.get(nameOf(name)) ?? '');
    const kept = new Set(stored.filter(isKept).map(nameOf));
    const stale = stored.filter((each) => !isKept(each));
    if (stale.length > 0) {
      await transaction.query(
        `DELETE FROM checkpoint c USING unnest($1::text[], $2::bigint[], $3::bigint[]) AS s (tenant, profile_key, at)
          WHERE c.tenant = s.tenant AND c.profile_key = s.profile_key AND c.at = s.at`,
        columns(
          stale,
          (row) => row.tenant,
          (row) => row.profileKey,
          (row) => row.at,
        ),
      );
    }
    const missing = checkpoints.filter((each) => !kept.has(checkpointName(each)));
    if (missing.length === 0) return;
    await transaction.query(
      `INSERT INTO checkpoint (tenant, profile_key, at, standing)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])`,
      columns(
        missing,
        (row) => row.tenant,
        (row) => row.profileKey,
        (row) => row.standing.tail.occurredAt,
        (row) => writeStanding(row.standing),
      ),
    );
  }
}

interface CheckpointName extends ProfileRef {
  readonly at: number;
}

const nameOf = ({ tenant, profileKey, at }: CheckpointName): string =>
  `${tenant}\u001f${profileKey}\u001f${at}`;

const checkpointName = ({ standing, ...profile }: StoredCheckpoint): string =>
  nameOf({ ...profile, at: standing.tail.occurredAt });

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

interface FactName {
  readonly tenant: string;
  readonly fact_id: string;
}

const refOf = ({ tenant, fact_id }: FactName): FactRef => ({ tenant, id: hexOf(fact_id) ?? '' });

function namesOf(profiles: readonly ProfileRef[]): unknown[][] {
  return columns(
    profiles,
    (row) => row.tenant,
    (row) => row.profileKey,
  );
}
