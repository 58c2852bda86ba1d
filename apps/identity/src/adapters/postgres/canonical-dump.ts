import type { ErasureRequested, Standing } from '#contracts';
import type { SnapshotReader } from '#storage';
import type { IdentityRules } from '../../domain/rules.js';

type Reader = Pick<SnapshotReader, 'read'>;

/** What identity keeps of a tenant, without counters, internal keys and decisions: for verification, not for serving. */
export interface IdentityDump {
  readonly interactions: readonly {
    readonly source: string;
    readonly id: string;
    readonly version: number;
    readonly at: number;
    readonly contentHash: string;
    readonly withdrawn: boolean;
    readonly filing: string;
  }[];
  readonly identifiers: readonly {
    readonly type: string;
    readonly value: string;
    readonly standing: Standing;
    readonly profileId: string;
    readonly firstSeen: { readonly at: number; readonly source: string; readonly id: string };
  }[];
  readonly filings: readonly {
    readonly filing: string;
    readonly anchor: string;
    readonly profileId: string;
  }[];
}

export async function canonicalDump(reader: Reader, tenant: string): Promise<IdentityDump> {
  return {
    interactions: await reader.read<IdentityDump['interactions'][number]>(
      `SELECT source, id, version, at, content_hash AS "contentHash", is_withdrawn AS withdrawn, filing
       FROM winner WHERE tenant = $1 AND filing <> ''`,
      [tenant],
    ),
    identifiers: await reader.read<IdentityDump['identifiers'][number]>(
      `SELECT i.type, i.value, i.standing, coalesce(p.profile_id, '') AS "profileId",
         json_build_object('at', i.first_at, 'source', i.first_source, 'id', i.first_id) AS "firstSeen"
       FROM identifier i LEFT JOIN profile p ON p.profile_key = i.profile_key AND NOT p.is_gone
       WHERE i.tenant = $1 AND i.first_at IS NOT NULL AND i.value NOT LIKE ' %'`,
      [tenant],
    ),
    filings: await reader.read<IdentityDump['filings'][number]>(
      `SELECT f.filing, f.anchor, coalesce(p.profile_id, '') AS "profileId"
       FROM filing f LEFT JOIN profile p ON p.profile_key = f.profile_key AND NOT p.is_gone
       WHERE f.tenant = $1 AND f.total > 0`,
      [tenant],
    ),
  };
}

/** A call that stands: declared, and not withdrawn since. */
export interface StandingCall {
  readonly kind: 'merge' | 'unmerge';
  readonly a: string;
  readonly b: string;
  readonly at: number;
}

/** What people declared, beside the interactions: read from the entries themselves. */
export async function standingCalls(reader: Reader, tenant: string): Promise<StandingCall[]> {
  return reader.read<StandingCall>(
    `SELECT kind, a, b, at FROM call_entry d WHERE tenant = $1 AND kind <> 'withdraw' AND NOT EXISTS
       (SELECT FROM call_entry l WHERE l.call_id = d.call_id AND l.sequence > d.sequence)`,
    [tenant],
  );
}

/** Every part of an erasure that was read. */
export async function erasuresKept(reader: Reader, tenant: string): Promise<ErasureRequested[]> {
  const rows = await reader.read<{ record: string }>(
    'SELECT record FROM erasure_part WHERE tenant = $1',
    [tenant],
  );
  return rows.map(({ record }) => JSON.parse(record) as ErasureRequested);
}

/** The rules that a tenant made; undefined = those that are shipped. */
export async function rulesInForce(
  reader: Reader,
  tenant: string,
): Promise<IdentityRules | undefined> {
  const [row] = await reader.read<{ body: string }>(
    'SELECT body FROM rules WHERE tenant = $1 ORDER BY version DESC LIMIT 1',
    [tenant],
  );
  return row && (JSON.parse(row.body) as IdentityRules);
}
