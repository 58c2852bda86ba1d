import { observationKey } from '../../../domain/observation.js';
import type { InteractionObservation } from '../../../domain/observation.js';
import { columns } from '../bucket.columns.js';
import type { VersionedTable } from './highest-revision.rows.js';

/** `key` is stored as 16 bytes; `source` is a column and no member of `dims`. */
const COLUMNS = 'key, tenant, source, id, revision, is_gone, at_ms, dims';
const CASTS = 'c.key, c.tenant, c.source, c.id, c.revision, c.is_gone, c.at_ms, c.dims::jsonb';
const UNNEST = `unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::bigint[], $8::text[])
  AS c (${COLUMNS})`;

export interface InteractionRow {
  readonly key: string;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly revision: number;
  readonly is_gone: boolean;
  readonly at_ms: number;
  readonly dims: Record<string, string>;
}

export const INTERACTION_COLUMNS = COLUMNS;

/** One narrow row an interaction; a withdrawn one stays with its revision, an erased one without its name. */
export const interactionTable: VersionedTable<InteractionObservation> = {
  async insert(transaction, rows) {
    const inserted = await transaction.query<Pick<InteractionRow, 'key' | 'tenant'>>(
      `INSERT INTO interaction (${COLUMNS}) SELECT ${CASTS} FROM ${UNNEST}
       ON CONFLICT DO NOTHING RETURNING tenant, key`,
      cells(rows),
    );
    return new Set(
      inserted.map(({ tenant, key }) =>
        observationKey({ tenant, kind: 'interaction', key: hexOf(key) }),
      ),
    );
  },

  async lock(transaction, rows) {
    const stored = await transaction.query<InteractionRow>(
      `SELECT ${COLUMNS} FROM interaction WHERE key = ANY ($1::uuid[]) ORDER BY tenant, key FOR UPDATE`,
      columns(rows, ({ key }) => [key]),
    );
    return stored.map(wholeInteraction);
  },

  async update(transaction, rows) {
    await transaction.query(
      `UPDATE interaction i SET source = c.source, id = c.id, revision = c.revision, is_gone = c.is_gone, at_ms = c.at_ms,
         dims = c.dims::jsonb
       FROM ${UNNEST} WHERE i.key = c.key`,
      cells(rows),
    );
  },
};

export function wholeInteraction(row: InteractionRow): InteractionObservation {
  return {
    tenant: row.tenant,
    kind: 'interaction',
    key: hexOf(row.key),
    revision: row.revision,
    isGone: row.is_gone,
    atMs: row.at_ms,
    dims: { ...row.dims, source: row.source },
    measures: {},
    isProvisional: false,
    origin: { source: row.source, id: row.id },
  };
}

function hexOf(uuid: string): string {
  return uuid.replaceAll('-', '');
}

function cells(rows: readonly InteractionObservation[]): unknown[][] {
  return columns(rows, (row) => [
    row.key,
    row.tenant,
    row.origin.source,
    row.origin.id,
    row.revision,
    row.isGone,
    row.atMs,
    JSON.stringify({ ...row.dims, source: undefined }),
  ]);
}
