import type { Transaction } from '#storage';
import {
  CheckpointStore,
  type ProfileRef,
  type StoredCheckpoint,
  type Stretch,
} from '../../application/ports.js';
import { readStanding, writeStanding } from '../../domain/checkpoint.js';
import { columns, stretchColumns } from './rows.js';

interface CheckpointRow extends ProfileRef {
  readonly standing: string;
}

type Instant = ProfileRef & { readonly at: number };

/** Written and read under the profile's lock only. */
export class PostgresCheckpoints extends CheckpointStore {
  async before(
    transaction: Transaction,
    instants: readonly Instant[],
  ): Promise<StoredCheckpoint[]> {
    if (instants.length === 0) return [];
    const rows = await transaction.query<CheckpointRow>(
      `SELECT found.tenant, found.profile_key::text AS "profileKey", c.standing
         FROM (SELECT DISTINCT p.tenant, p.profile_key, last.at
                 FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS p (tenant, profile_key, at)
                CROSS JOIN LATERAL (
                  SELECT c.at FROM checkpoint c
                   WHERE c.tenant = p.tenant AND c.profile_key = p.profile_key AND c.at < p.at
                   ORDER BY c.at DESC LIMIT 1) AS last) AS found
        CROSS JOIN LATERAL (
          SELECT c.standing FROM checkpoint c
           WHERE c.tenant = found.tenant AND c.profile_key = found.profile_key AND c.at = found.at LIMIT 1) AS c
        ORDER BY found.at`,
      columns(
        instants,
        (row) => row.tenant,
        (row) => row.profileKey,
        (row) => row.at,
      ),
    );
    return rows.map(checkpointOf);
  }

  async first(
    transaction: Transaction,
    stretches: readonly Stretch[],
    max: number,
  ): Promise<StoredCheckpoint[]> {
    if (stretches.length === 0) return [];
    const rows = await transaction.query<CheckpointRow>(
      `SELECT p.tenant, p.profile_key::text AS "profileKey", found.standing
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS p (tenant, profile_key, after, up_to)
        CROSS JOIN LATERAL (
          SELECT c.at, c.standing FROM checkpoint c
           WHERE c.tenant = p.tenant AND c.profile_key = p.profile_key AND c.at > p.after AND c.at <= p.up_to
           ORDER BY c.at LIMIT $5) AS found
        ORDER BY found.at`,
      [...stretchColumns(stretches), max],
    );
    return rows.map(checkpointOf);
  }

  async rewrite(
    transaction: Transaction,
    stretches: readonly Stretch[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void> {
    if (stretches.length > 0) {
      await transaction.query(
        `DELETE FROM checkpoint c USING unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS p (tenant, profile_key, after, up_to)
          WHERE c.tenant = p.tenant AND c.profile_key = p.profile_key AND c.at > p.after AND c.at <= p.up_to`,
        stretchColumns(stretches),
      );
    }
    if (checkpoints.length === 0) return;
    await transaction.query(
      `INSERT INTO checkpoint (tenant, profile_key, at, standing)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])`,
      columns(
        checkpoints,
        (row) => row.tenant,
        (row) => row.profileKey,
        (row) => row.standing.tail.occurredAt,
        (row) => writeStanding(row.standing),
      ),
    );
  }
}

function checkpointOf({ tenant, profileKey, standing }: CheckpointRow): StoredCheckpoint {
  return { tenant, profileKey, standing: readStanding(standing) };
}
