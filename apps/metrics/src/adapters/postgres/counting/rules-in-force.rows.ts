import type { Transaction } from '#storage';
import type { RulesInForce } from '../../../application/ports.js';
import type { BuildPurpose } from '../../../domain/definitions.js';
import type { Rules } from '../../../domain/kpi.js';
import type { ObservationKind } from '../../../domain/observation.js';
import { columns } from '../bucket.columns.js';
import { fingerprintOf, insertDefinitions, readDefinitions } from './definition.rows.js';

interface RulesRow {
  readonly tenant: string;
  readonly zone: string;
  readonly service_level_ms: number;
  readonly short_abandon_ms: number;
  readonly fingerprint: string;
  readonly built_kind: ObservationKind | null;
  readonly built_key: string | null;
  readonly building_for: string;
  readonly building_under: Rules | null;
}

const COLUMNS = 'tenant, zone, service_level_ms, short_abandon_ms, fingerprint';
const BUILD = 'built_kind, built_key, building_for, building_under';

export type RulesByTenant = ReadonlyMap<string, RulesInForce>;

/** Reads the rules in force; `lock`: held shared by batches, alone by a rebuild. */
export async function readRules(
  transaction: Transaction,
  options: { readonly tenants?: readonly string[]; readonly lock?: 'SHARE' | 'UPDATE' },
): Promise<RulesByTenant> {
  const { tenants, lock } = options;
  const rows = await transaction.query<RulesRow>(
    `SELECT ${COLUMNS}, ${BUILD} FROM rules WHERE $1::text[] IS NULL OR tenant = ANY ($1::text[])
     ORDER BY tenant ${lock === undefined ? '' : `FOR ${lock}`}`,
    [tenants ?? null],
  );
  // After the lock, in a statement of its own: it must see what the one who held the lock wrote.
  const definitions = await readDefinitions(
    transaction,
    new Map(rows.map(({ tenant, fingerprint }) => [tenant, fingerprint])),
  );
  return new Map(
    rows.flatMap((row) => {
      const known = definitions.get(row.tenant);
      return known === undefined ? [] : [[row.tenant, rulesOf(row, known)]];
    }),
  );
}

/** Tenants seen first get the rules wanted now; others keep theirs. */
export async function insertRules(transaction: Transaction, wanted: RulesByTenant): Promise<void> {
  const inserted = await transaction.query<{ tenant: string }>(
    `INSERT INTO rules (${COLUMNS})
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
     ON CONFLICT DO NOTHING RETURNING tenant`,
    columns([...wanted], ([tenant, rules]) => [
      ...cells(tenant, rules),
      fingerprintOf(rules.definitions),
    ]),
  );
  // Once in the life of a tenant.
  for (const { tenant } of inserted) {
    const definitions = wanted.get(tenant)?.definitions.inForce ?? [];
    await insertDefinitions(transaction, tenant, definitions, 0);
  }
}

export async function updateRules(
  transaction: Transaction,
  tenant: string,
  rules: Rules,
): Promise<void> {
  await transaction.query(
    `UPDATE rules SET zone = $2, service_level_ms = $3, short_abandon_ms = $4 WHERE tenant = $1`,
    cells(tenant, rules),
  );
}

function rulesOf(
  row: RulesRow,
  known: Pick<RulesInForce['definitions'], 'inForce' | 'building'>,
): RulesInForce {
  const { built_kind: kind, built_key: key } = row;
  const builtUpTo = kind === null || key === null ? undefined : { kind, key };
  const buildingFor = purposeOf(row.building_for);
  const buildingUnder = row.building_under ?? undefined;
  return {
    zone: row.zone,
    serviceLevelMs: row.service_level_ms,
    shortAbandonMs: row.short_abandon_ms,
    definitions: { ...known, builtUpTo, buildingFor, buildingUnder },
  };
}

/** As it stands in the row: a replay by its id. */
export function purposeText(purpose: BuildPurpose): string {
  return typeof purpose === 'string' ? purpose : purpose.replay;
}

function purposeOf(text: string): BuildPurpose {
  return text === 'definitions' || text === 'rules' ? text : { replay: text };
}

function cells(tenant: string, rules: Rules): unknown[] {
  return [tenant, rules.zone, rules.serviceLevelMs, rules.shortAbandonMs];
}
