/** Set-based writes: one statement a table, whatever the number of rows; nothing is sent for a table without changes. */
import type { Transaction } from '#storage';
import { splitPair } from '../../domain/links.js';
import type {
  IdentifierRow,
  LinkRow,
  ProfileRow,
  TraitRow,
  WinnerRow,
} from '../../domain/state.js';
import type {
  IntakeChanges,
  StoredCall,
  StructureChanges,
  TakenBack,
} from '../../application/ports.js';
import { writeDecisions, writeMoves } from './history-sql.js';
import { callIn, columns } from './rows.js';
import type { CallRecord } from './rows.js';
import { table, write } from './table.js';
import { writeFilings } from './write-filings-sql.js';

const WINNERS = table<WinnerRow>(
  `
  INSERT INTO winner (tenant, source, id, version, at, content_hash, filing, is_withdrawn, counter, refused,
                      received_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],
                       $7::text[], $8::boolean[], $9::bigint[], $10::text[], $11::bigint[])
  ON CONFLICT (tenant, source, id) DO UPDATE SET
    version = excluded.version, at = excluded.at, content_hash = excluded.content_hash,
    filing = excluded.filing, is_withdrawn = excluded.is_withdrawn, counter = excluded.counter,
    refused = excluded.refused, received_at = excluded.received_at`,
  (w) => w.tenant,
  (w) => w.source,
  (w) => w.id,
  (w) => w.version,
  (w) => w.at,
  (w) => w.contentHash,
  (w) => w.filing,
  (w) => w.isWithdrawn,
  (w) => w.contentCounter,
  (w) => (w.refused.length === 0 ? null : JSON.stringify(w.refused)),
  (w) => w.receivedAt,
);

const TRAITS = table<TraitRow>(
  `
  INSERT INTO trait (tenant, source, id, kind, name, filing, value, at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                       $7::text[], $8::bigint[])`,
  (t) => t.tenant,
  (t) => t.source,
  (t) => t.id,
  (t) => t.kind,
  (t) => t.name,
  (t) => t.filing,
  (t) => t.value,
  (t) => t.at,
);

export const CALLS = table<StoredCall>(
  `
  INSERT INTO call (call_id, tenant, kind, a, b, at, source, id)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                       $7::text[], $8::text[])`,
  (c) => c.callId,
  (c) => c.tenant,
  (c) => c.kind,
  (c) => c.a,
  (c) => c.b,
  (c) => c.at,
  (c) => c.source,
  (c) => c.id,
);

const GONE = 'unnest($1::text[], $2::text[], $3::text[]) AS g (tenant, source, id)';

const IDENTIFIERS = table<IdentifierRow>(
  `
  INSERT INTO identifier (name, tenant, type, value, first_at, first_source, first_id, hub_links,
                          standing, is_cut, profile_key, filings)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                       $7::text[], $8::bigint[], $9::text[], $10::boolean[], $11::bigint[], $12::bigint[])
  ON CONFLICT (name) DO UPDATE SET
    value = excluded.value, first_at = excluded.first_at, first_source = excluded.first_source, first_id = excluded.first_id,
    hub_links = excluded.hub_links, standing = excluded.standing, is_cut = excluded.is_cut,
    profile_key = excluded.profile_key, filings = excluded.filings`,
  (i) => i.name,
  (i) => i.tenant,
  (i) => i.type,
  (i) => i.value,
  (i) => i.first?.at ?? null,
  (i) => i.first?.source ?? null,
  (i) => i.first?.id ?? null,
  (i) => i.hubLinks,
  (i) => i.standing,
  (i) => i.isCut,
  (i) => i.profileKey,
  (i) => i.filings,
);

const LINKS = table<LinkRow>(
  `
  INSERT INTO link (a, b, tenant, first_at, first_source, first_id, last_at, last_source, last_id)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                       $7::bigint[], $8::text[], $9::text[])
  ON CONFLICT (a, b) DO UPDATE SET
    first_at = excluded.first_at, first_source = excluded.first_source, first_id = excluded.first_id,
    last_at = excluded.last_at, last_source = excluded.last_source, last_id = excluded.last_id`,
  (l) => splitPair(l.pair)[0],
  (l) => splitPair(l.pair)[1],
  (l) => l.tenant,
  (l) => l.span.first.at,
  (l) => l.span.first.source,
  (l) => l.span.first.id,
  (l) => l.span.last.at,
  (l) => l.span.last.source,
  (l) => l.span.last.id,
);

const GONE_LINKS = table<string>(
  `
  DELETE FROM link l USING unnest($1::text[], $2::text[]) AS n (a, b) WHERE l.a = n.a AND l.b = n.b`,
  (pair) => splitPair(pair)[0],
  (pair) => splitPair(pair)[1],
);

const PROFILES = table<ProfileRow>(
  `
  INSERT INTO profile (profile_key, tenant, profile_id, bare_unit, counter, is_gone, counts,
                       surroundings, filings)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[],
                       $7::text[], $8::text[], $9::bigint[])
  ON CONFLICT (profile_key) DO UPDATE SET
    profile_id = excluded.profile_id, counter = excluded.counter, is_gone = excluded.is_gone,
    counts = excluded.counts, surroundings = excluded.surroundings, filings = excluded.filings`,
  (p) => p.profileKey,
  (p) => p.tenant,
  (p) => p.profileId,
  (p) => p.bareUnit,
  (p) => p.counter,
  (p) => p.isGone,
  (p) => JSON.stringify(p.counts),
  (p) => p.surroundings,
  (p) => p.filings,
);

export async function writeIntake(
  transaction: Transaction,
  changes: IntakeChanges,
): Promise<TakenBack> {
  const taken = await takeBack(transaction, changes);
  await write(transaction, WINNERS, changes.winners);
  await write(transaction, TRAITS, changes.traits);
  await write(transaction, CALLS, changes.aliases);
  return taken;
}

/** Traits, consents and aliases of replaced interactions go. */
export async function takeBack(
  transaction: Transaction,
  changes: Pick<IntakeChanges, 'replaced'>,
): Promise<TakenBack> {
  if (changes.replaced.length === 0) return { filings: [], aliases: [] };
  const gone = columns(
    changes.replaced,
    (n) => n.tenant,
    (n) => n.source,
    (n) => n.id,
  );
  const match = 'x.tenant = g.tenant AND x.source = g.source AND x.id = g.id';
  const traits = await transaction.query<{ filing: string }>(
    `DELETE FROM trait x USING ${GONE} WHERE ${match} RETURNING x.filing`,
    gone,
  );
  const aliases = await transaction.query<CallRecord>(
    `DELETE FROM call x USING ${GONE} WHERE ${match} RETURNING x.*`,
    gone,
  );
  return { filings: traits.map((row) => row.filing), aliases: aliases.map(callIn) };
}

export async function writeStructure(
  transaction: Transaction,
  changes: StructureChanges,
): Promise<void> {
  await writeFilings(transaction, changes);
  await write(transaction, IDENTIFIERS, changes.identifiers);
  await write(transaction, LINKS, changes.links);
  await write(transaction, GONE_LINKS, changes.goneLinks);
  await write(transaction, PROFILES, changes.profiles);
  await writeDecisions(transaction, changes);
  await writeMoves(transaction, changes);
}
