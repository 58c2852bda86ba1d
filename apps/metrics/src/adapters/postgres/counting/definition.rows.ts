import { stableHash } from '#kernel';
import type { Transaction } from '#storage';
import type { Definitions } from '../../../domain/definitions.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import { columns } from '../bucket.columns.js';

/** In force since and until (ms); `since` null while it is being built. */
export interface DefinitionRow {
  readonly tenant: string;
  readonly body: KpiDefinition;
  readonly since_ms: number | null;
}

type Known = Pick<Definitions, 'inForce' | 'building'>;

/** Sets remembered by fingerprint: a batch need not parse thirty definitions again. */
const REMEMBERED_MAX = 200;
const remembered = new Map<string, Known>();

/** Names a set: versions of a definition never change, so names and versions say all. */
export function fingerprintOf({ inForce, building }: Known): string {
  const named = (each: KpiDefinition): string => `${each.name} ${each.version}`;
  return stableHash(...inForce.map(named).sort(), 'building', ...building.map(named).sort());
}

/** Definitions of tenants by their fingerprints; asks only for those not remembered. */
export async function readDefinitions(
  transaction: Transaction,
  fingerprints: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Known>> {
  const missing = [...fingerprints].filter(([, fingerprint]) => !remembered.has(fingerprint));
  if (missing.length > 0) {
    const tenants = missing.map(([tenant]) => tenant);
    const rows = await transaction.query<DefinitionRow>(
      `SELECT tenant, body, since_ms FROM definition
       WHERE tenant = ANY ($1::text[]) AND until_ms IS NULL ORDER BY tenant, kpi, version`,
      [tenants],
    );
    const byTenant = Map.groupBy(rows, ({ tenant }) => tenant);
    for (const tenant of tenants) remember(knownOf(byTenant.get(tenant) ?? []));
  }
  return new Map(
    [...fingerprints].flatMap(([tenant, fingerprint]) => {
      const known = remembered.get(fingerprint);
      return known === undefined ? [] : [[tenant, known]];
    }),
  );
}

/** Those of a tenant seen first are in force from ever. */
export async function insertDefinitions(
  transaction: Transaction,
  tenant: string,
  definitions: readonly KpiDefinition[],
  sinceMs: number | null,
): Promise<void> {
  await transaction.query(
    `INSERT INTO definition (tenant, kpi, version, body, since_ms)
     SELECT tenant, kpi, version, body::jsonb, $5::bigint
     FROM unnest($1::text[], $2::text[], $3::int[], $4::text[]) AS c (tenant, kpi, version, body)
     ON CONFLICT DO NOTHING`,
    [
      ...columns(definitions, (each) => [tenant, each.name, each.version, JSON.stringify(each)]),
      sinceMs,
    ],
  );
}

function knownOf(rows: readonly DefinitionRow[]): Known {
  return {
    inForce: rows.filter(({ since_ms }) => since_ms !== null).map(({ body }) => body),
    building: rows.filter(({ since_ms }) => since_ms === null).map(({ body }) => body),
  };
}

function remember(known: Known): void {
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(fingerprintOf(known), known);
}
