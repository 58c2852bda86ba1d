import { counterOf, recordKey, revisionOf, splitRecordKey, TOPIC } from '#contracts';
import type { ApiKeyEntry, SourceChanged, TenantChanged, TenantSettings } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { isBeyond, isLost, toldOf } from '#restore';
import type { Desk, RestoredService, TakenBack, Told } from '#restore';
import type { Transaction } from '#storage';
import { sourceRecord, tenantRecord } from '../../application/tenants/tenant-records.js';

const TENANTS = TOPIC.tenantChanged.name;
const SOURCES = TOPIC.sourceChanged.name;

/**
 * Settings, keys and sources are the other way round: nobody decides them again, and callers hold the keys. What the log has newer is
 * taken into the tables, so a key that was revoked stays revoked, and is told once more, after all that waits to be sent.
 */
export class RestoredIngestion implements RestoredService {
  readonly schema = 'ingestion';
  readonly outputs = [
    { topic: TENANTS, readBy: [] },
    { topic: SOURCES, readBy: [] },
  ] as const;

  tell(record: LogRecord): readonly Told[] {
    return [toldOf(record, { keepsValue: true })];
  }

  /** Tenants are told by `announce`, all of them. */
  async takeBack(desk: Desk, told: readonly Told[]): Promise<TakenBack> {
    const tenants = told.filter(({ topic, value }) => topic === TENANTS && value !== null);
    for (const newer of (await againstTenants(desk, tenants)).newer) await adoptTenant(desk, newer);
    const sources = await againstSources(
      desk,
      told.filter(({ topic }) => topic === SOURCES),
    );
    for (const newer of sources.newer) await adoptSource(desk, newer);
    return { outgoing: await sourcesAgain(desk, sources.lost) };
  }

  /** Every tenant as it stands now: there always is one. */
  async announce({ transaction, epoch, now }: Desk): Promise<readonly OutgoingRecord[]> {
    const tenants = await transaction.query<TenantRow>(
      'SELECT tenant, counter, settings FROM tenant ORDER BY tenant',
    );
    const keys = await transaction.query<ApiKeyEntry & { readonly tenant: string }>(
      `SELECT tenant, key_id AS "keyId", name, hash, scopes, sources,
              to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt"
         FROM api_key WHERE revoked_at IS NULL ORDER BY tenant, created_at, key_id`,
    );
    const ofTenant = Map.groupBy(keys, ({ tenant }) => tenant);
    return tenants.map(({ tenant, counter, settings }) => {
      const entries = (ofTenant.get(tenant) ?? []).map(({ tenant: _, ...entry }) => entry);
      const changed = { tenant, revision: revisionOf(epoch, counter), settings, keys: entries };
      return tenantRecord(changed, instant(now));
    });
  }
}

interface TenantRow {
  readonly tenant: string;
  readonly counter: number;
  readonly settings: TenantSettings;
}

/** What the log has newer, and the counter that goes on from both. */
interface Newer {
  readonly told: Told;
  readonly counter: number;
}

interface Held {
  readonly lost: readonly Told[];
  /** Of them, those that the log knows better. */
  readonly newer: readonly Newer[];
}

async function againstTenants(desk: Desk, told: readonly Told[]): Promise<Held> {
  const rows = await desk.transaction.query<{ tenant: string; counter: number }>(
    'SELECT tenant, counter FROM tenant WHERE tenant = ANY ($1::text[])',
    [told.map(({ key }) => key)],
  );
  return against(desk, told, new Map(rows.map(({ tenant, counter }) => [tenant, counter])));
}

async function againstSources(desk: Desk, told: readonly Told[]): Promise<Held> {
  const rows = await readSources(desk, told);
  const counters = rows.map(({ tenant, source, counter }): [string, number] => [
    recordKey(tenant, source),
    counter,
  ]);
  return against(desk, told, new Map(counters));
}

function against(
  { epochBefore }: Desk,
  told: readonly Told[],
  counters: ReadonlyMap<string, number>,
): Held {
  const given = ({ key }: Told) => {
    const counter = counters.get(key);
    return counter === undefined ? undefined : { epoch: epochBefore, counter };
  };
  return {
    lost: told.filter((one) => isLost(one, given(one))),
    newer: told
      .filter((one) => isBeyond(one.revision, given(one)))
      .map((one) => ({
        told: one,
        counter: Math.max(counters.get(one.key) ?? 0, counterOf(one.revision)),
      })),
  };
}

async function adoptTenant({ transaction }: Desk, { told, counter }: Newer): Promise<void> {
  const changed = JSON.parse(told.value?.toString('utf8') ?? '') as TenantChanged;
  await transaction.query(
    `INSERT INTO tenant (tenant, counter, settings) VALUES ($1, $2, $3)
     ON CONFLICT (tenant) DO UPDATE SET counter = excluded.counter, settings = excluded.settings`,
    [changed.tenant, counter, JSON.stringify(changed.settings)],
  );
  await adoptKeys(transaction, changed);
}

async function adoptKeys(transaction: Transaction, { tenant, keys }: TenantChanged): Promise<void> {
  await transaction.query(
    `UPDATE api_key SET revoked_at = now() WHERE tenant = $1 AND revoked_at IS NULL AND key_id <> ALL ($2::text[])`,
    [tenant, keys.map(({ keyId }) => keyId)],
  );
  await transaction.query(
    `INSERT INTO api_key (tenant, key_id, name, hash, scopes, sources, created_at)
     SELECT $1, k.key_id, k.name, k.hash, ARRAY(SELECT jsonb_array_elements_text(k.scopes)),
            ARRAY(SELECT jsonb_array_elements_text(k.sources)), k.created_at
       FROM jsonb_to_recordset($2::jsonb)
         AS k (key_id text, name text, hash text, scopes jsonb, sources jsonb, created_at timestamptz)
     ON CONFLICT (tenant, key_id) DO NOTHING`,
    [
      tenant,
      JSON.stringify(
        keys.map(({ keyId, createdAt, ...key }) => ({
          ...key,
          key_id: keyId,
          created_at: createdAt,
        })),
      ),
    ],
  );
}

async function adoptSource({ transaction }: Desk, { told, counter }: Newer): Promise<void> {
  const [tenant, source] = splitRecordKey(told.key);
  const changed = JSON.parse(told.value?.toString('utf8') ?? '{}') as Partial<SourceChanged>;
  await transaction.query(
    `INSERT INTO source (tenant, source, counter, region, description, deleted_at)
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6::boolean THEN now() END)
     ON CONFLICT (tenant, source) DO UPDATE SET counter = excluded.counter, region = excluded.region,
       description = excluded.description, deleted_at = excluded.deleted_at`,
    [
      tenant,
      source,
      counter,
      changed.region ?? null,
      changed.description ?? null,
      told.value === null,
    ],
  );
}

interface SourceRow {
  readonly tenant: string;
  readonly source: string;
  readonly counter: number;
  readonly region: string | null;
  readonly description: string | null;
  readonly isDeleted: boolean;
}

async function readSources({ transaction }: Desk, told: readonly Told[]): Promise<SourceRow[]> {
  const names = told.map(({ key }) => splitRecordKey(key));
  return transaction.query<SourceRow>(
    `SELECT tenant, source, counter, region, description, deleted_at IS NOT NULL AS "isDeleted"
       FROM source JOIN unnest($1::text[], $2::text[]) AS n (tenant, source) USING (tenant, source)`,
    [names.map(([tenant]) => tenant), names.map(([, source]) => source)],
  );
}

async function sourcesAgain(desk: Desk, lost: readonly Told[]): Promise<OutgoingRecord[]> {
  if (lost.length === 0) return [];
  const rows = await readSources(desk, lost);
  return rows.map(({ tenant, source, counter, region, description, isDeleted }) => {
    const changed: SourceChanged = {
      tenant,
      source,
      revision: revisionOf(desk.epoch, counter),
      ...(region !== null && { region }),
      ...(description !== null && { description }),
    };
    return sourceRecord(changed, instant(desk.now), isDeleted);
  });
}

const instant = (at: number): string => new Date(at).toISOString();
