import type { Transaction } from '#storage';
import type { ObservationPlace } from '../../../domain/definitions.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import { fingerprintOf, insertDefinitions } from './definition.rows.js';
import type { DefinitionRow } from './definition.rows.js';

/** Callers hold the tenant's rules alone. */
export async function startBuilding(
  transaction: Transaction,
  tenant: string,
  definitions: readonly KpiDefinition[],
): Promise<void> {
  await insertDefinitions(transaction, tenant, definitions, null);
  await renameSet(transaction, tenant);
}

export async function moveBuiltUpTo(
  transaction: Transaction,
  tenant: string,
  last: ObservationPlace,
): Promise<void> {
  await transaction.query('UPDATE rules SET built_kind = $2, built_key = $3 WHERE tenant = $1', [
    tenant,
    last.kind,
    last.key,
  ]);
}

export async function bringIntoForce(
  transaction: Transaction,
  tenant: string,
  nowMs: number,
): Promise<void> {
  await transaction.query(
    `UPDATE definition old SET until_ms = $2 FROM definition new
     WHERE old.tenant = $1 AND new.tenant = $1 AND old.kpi = new.kpi
       AND old.since_ms IS NOT NULL AND old.until_ms IS NULL AND new.since_ms IS NULL`,
    [tenant, nowMs],
  );
  await transaction.query(
    'UPDATE definition SET since_ms = $2 WHERE tenant = $1 AND since_ms IS NULL',
    [tenant, nowMs],
  );
  await renameSet(transaction, tenant);
}

/** What was built so far is worth nothing: other rules cut other hours. The next step begins anew. */
export async function dropBuilding(transaction: Transaction, tenant: string): Promise<void> {
  for (const table of ['bucket', 'histogram']) {
    await transaction.query(
      `DELETE FROM ${table} b USING definition d
       WHERE d.tenant = $1 AND d.since_ms IS NULL AND b.tenant = d.tenant AND b.kpi = d.kpi AND b.version = d.version`,
      [tenant],
    );
  }
  await transaction.query('DELETE FROM definition WHERE tenant = $1 AND since_ms IS NULL', [
    tenant,
  ]);
  await renameSet(transaction, tenant);
}

/** Rows that one statement deletes. */
const SWEEP_MAX = 20_000;

/** Counters of versions that are no longer in force; their publications stay. */
export async function sweepReplaced(transaction: Transaction): Promise<void> {
  for (const table of ['bucket', 'histogram', 'bucket_cause']) {
    await transaction.query(
      `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT b.ctid FROM definition d JOIN ${table} b ON b.tenant = d.tenant AND b.kpi = d.kpi AND b.version = d.version
         WHERE d.until_ms IS NOT NULL LIMIT $1))`,
      [SWEEP_MAX],
    );
  }
}

/** The build of a set begins before the first observation. */
async function renameSet(transaction: Transaction, tenant: string): Promise<void> {
  const rows = await transaction.query<DefinitionRow>(
    'SELECT tenant, body, since_ms FROM definition WHERE tenant = $1 AND until_ms IS NULL',
    [tenant],
  );
  const isInForce = ({ since_ms }: DefinitionRow): boolean => since_ms !== null;
  const fingerprint = fingerprintOf({
    inForce: rows.filter(isInForce).map(({ body }) => body),
    building: rows.filter((row) => !isInForce(row)).map(({ body }) => body),
  });
  await transaction.query(
    'UPDATE rules SET fingerprint = $2, built_kind = NULL, built_key = NULL WHERE tenant = $1',
    [tenant, fingerprint],
  );
}
