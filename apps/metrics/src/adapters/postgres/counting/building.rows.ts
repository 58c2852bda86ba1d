import type { Transaction } from '#storage';
import type { Build } from '../../../application/ports.js';
import type { ObservationPlace } from '../../../domain/definitions.js';
import { fingerprintOf, insertDefinitions } from './definition.rows.js';
import type { DefinitionRow } from './definition.rows.js';
import { purposeText } from './rules-in-force.rows.js';

/** Callers hold the tenant's rules alone. */
export async function startBuilding(
  transaction: Transaction,
  tenant: string,
  build: Build,
): Promise<void> {
  await insertDefinitions(transaction, tenant, build.definitions, null);
  await renameSet(transaction, tenant, build);
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

/**
 * New versions will be built again, from nothing. Shadows are told to be over, as versions of no time, and swept bit by bit:
 * a tenant's buckets once more are too many for one transaction.
 */
export async function dropBuilding(transaction: Transaction, tenant: string): Promise<void> {
  await transaction.query(
    'UPDATE definition SET since_ms = 0, until_ms = 0 WHERE tenant = $1 AND since_ms IS NULL AND version < 0',
    [tenant],
  );
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

const SWEPT = `NOT EXISTS (SELECT FROM bucket b WHERE b.tenant = d.tenant AND b.kpi = d.kpi AND b.version = d.version)
  AND NOT EXISTS (SELECT FROM histogram h WHERE h.tenant = d.tenant AND h.kpi = d.kpi AND h.version = d.version)`;

export async function hasDroppedShadows(
  transaction: Transaction,
  tenant: string,
): Promise<boolean> {
  const rows = await transaction.query(
    'SELECT FROM definition WHERE tenant = $1 AND version < 0 AND until_ms IS NOT NULL LIMIT 1',
    [tenant],
  );
  return rows.length > 0;
}

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
  await transaction.query(
    `DELETE FROM definition d WHERE version < 0 AND until_ms IS NOT NULL AND ${SWEPT}`,
  );
}

/** The build of a set begins before the first observation. */
async function renameSet(transaction: Transaction, tenant: string, build?: Build): Promise<void> {
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
    `UPDATE rules SET fingerprint = $2, built_kind = NULL, built_key = NULL, building_for = $3, building_under = $4::jsonb
     WHERE tenant = $1`,
    [
      tenant,
      fingerprint,
      purposeText(build?.for ?? 'definitions'),
      build?.under === undefined ? null : JSON.stringify(build.under),
    ],
  );
}
