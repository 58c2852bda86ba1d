import type { FactKind } from '#contracts';
import type { Transaction } from '#storage';
import { observationKey } from '../../../domain/observation.js';
import type { FactObservation, Measured } from '../../../domain/observation.js';
import { columns } from '../bucket.columns.js';
import type { VersionedTable } from './highest-revision.rows.js';

const MEASURED = 'tenant, kind, key, revision, is_gone, at_ms, is_provisional, dims, measures';
const COLUMNS = `${MEASURED}, from_ms, to_ms, profile_id, interactions`;
const CASTS = `c.tenant, c.kind, c.key, c.revision, c.is_gone, c.at_ms, c.is_provisional, c.dims::jsonb, c.measures::jsonb,
  c.from_ms, c.to_ms, c.profile_id, c.interactions`;
const UNNEST = `unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::bigint[], $7::boolean[], $8::text[],
  $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[]) AS c (${COLUMNS})`;

export interface FactRow {
  readonly tenant: string;
  readonly kind: FactKind;
  readonly key: string;
  readonly revision: number;
  readonly is_gone: boolean;
  readonly at_ms: number;
  readonly is_provisional: boolean;
  readonly dims: Record<string, string>;
  readonly measures: Record<string, number>;
}

export interface WholeFactRow extends FactRow {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly profile_id: string;
  readonly interactions: string;
}

export const FACT_MEASURED_COLUMNS = MEASURED;
export const FACT_COLUMNS = COLUMNS;

/** Copies of facts; a tombstone stays as a row with its revision. */
export const factTable: VersionedTable<FactObservation> = {
  async insert(transaction, rows) {
    const inserted = await transaction.query<Pick<FactRow, 'tenant' | 'kind' | 'key'>>(
      `INSERT INTO fact (${COLUMNS}) SELECT ${CASTS} FROM ${UNNEST}
       ON CONFLICT DO NOTHING RETURNING tenant, kind, key`,
      cells(rows),
    );
    return new Set(inserted.map(observationKey));
  },

  async lock(transaction, rows) {
    const keys = columns(rows, ({ tenant, kind, key }) => [tenant, kind, key]);
    const stored = await transaction.query<FactRow>(
      `SELECT ${MEASURED} FROM fact
       WHERE (tenant, kind, key) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
       ORDER BY tenant, kind, key FOR UPDATE`,
      keys,
    );
    return stored.map(measuredFact);
  },

  async update(transaction: Transaction, rows: readonly FactObservation[]) {
    await transaction.query(
      `UPDATE fact f SET revision = c.revision, is_gone = c.is_gone, at_ms = c.at_ms, is_provisional = c.is_provisional,
         dims = c.dims::jsonb, measures = c.measures::jsonb, from_ms = c.from_ms, to_ms = c.to_ms,
         profile_id = c.profile_id, interactions = c.interactions
       FROM ${UNNEST} WHERE f.tenant = c.tenant AND f.kind = c.kind AND f.key = c.key`,
      cells(rows),
    );
  },
};

export function measuredFact(row: FactRow): Measured {
  return {
    tenant: row.tenant,
    kind: row.kind,
    key: row.key,
    revision: row.revision,
    isGone: row.is_gone,
    atMs: row.at_ms,
    dims: row.dims,
    measures: row.measures,
    isProvisional: row.is_provisional,
  };
}

export function wholeFact(row: WholeFactRow): FactObservation {
  return {
    ...measuredFact(row),
    kind: row.kind,
    origin: {
      profileId: row.profile_id,
      fromMs: row.from_ms,
      toMs: row.to_ms,
      interactions: row.interactions,
    },
  };
}

function cells(rows: readonly FactObservation[]): unknown[][] {
  return columns(rows, (row) => [
    row.tenant,
    row.kind,
    row.key,
    row.revision,
    row.isGone,
    row.atMs,
    row.isProvisional,
    JSON.stringify(row.dims),
    JSON.stringify(row.measures),
    row.origin.fromMs,
    row.origin.toMs,
    row.origin.profileId,
    row.origin.interactions,
  ]);
}
