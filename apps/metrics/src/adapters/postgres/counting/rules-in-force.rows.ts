import type { Transaction } from '#storage';
import type { RulesInForce } from '../../../application/ports.js';
import { columns } from '../bucket.columns.js';

interface RulesRow {
  readonly tenant: string;
  readonly zone: string;
  readonly service_level_ms: number;
  readonly short_abandon_ms: number;
  readonly fingerprint: string;
}

const COLUMNS = 'tenant, zone, service_level_ms, short_abandon_ms, fingerprint';

export type RulesByTenant = ReadonlyMap<string, RulesInForce>;

/** Reads the rules in force; `lock`: held shared by batches, alone by a rebuild. */
export async function readRules(
  transaction: Transaction,
  options: { readonly tenants?: readonly string[]; readonly lock?: 'SHARE' | 'UPDATE' },
): Promise<RulesByTenant> {
  const { tenants, lock } = options;
  const rows = await transaction.query<RulesRow>(
    `SELECT ${COLUMNS} FROM rules WHERE $1::text[] IS NULL OR tenant = ANY ($1::text[])
     ORDER BY tenant ${lock === undefined ? '' : `FOR ${lock}`}`,
    [tenants ?? null],
  );
  return new Map(rows.map((row) => [row.tenant, rulesOf(row)]));
}

/** Tenants seen first get the rules wanted now; others keep theirs. */
export async function insertRules(transaction: Transaction, wanted: RulesByTenant): Promise<void> {
  await transaction.query(
    `INSERT INTO rules (${COLUMNS})
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
     ON CONFLICT DO NOTHING`,
    columns([...wanted], cells),
  );
}

export async function updateRules(
  transaction: Transaction,
  tenant: string,
  rules: RulesInForce,
): Promise<void> {
  await transaction.query(
    `UPDATE rules SET zone = $2, service_level_ms = $3, short_abandon_ms = $4, fingerprint = $5 WHERE tenant = $1`,
    cells([tenant, rules]),
  );
}

function rulesOf(row: RulesRow): RulesInForce {
  return {
    zone: row.zone,
    serviceLevelMs: row.service_level_ms,
    shortAbandonMs: row.short_abandon_ms,
    fingerprint: row.fingerprint,
  };
}

function cells([tenant, rules]: readonly [string, RulesInForce]): unknown[] {
  return [tenant, rules.zone, rules.serviceLevelMs, rules.shortAbandonMs, rules.fingerprint];
}
