import type { Transaction } from '#storage';
import { ProfileStore, type Portrait, type ProfileRef } from '../../application/ports.js';
import { readStanding, writeStanding } from '../../domain/checkpoint.js';
import type { SegmentChange } from '../../domain/derived-fact.js';
import { profileName, type ProfileState, type Quarantine } from '../../domain/profile.js';
import { columns, packed, sortedBy } from './rows.js';

interface ProfileRow {
  tenant: string;
  profile_key: string;
  profile_id: string;
  revision: number;
  is_gone: boolean;
  former_ids: string[];
  segments: string;
  standing: string | null;
  due_at: number | null;
  quarantine: string | null;
}

const PROFILE = `p.tenant, p.profile_key::text, p.profile_id, p.revision, p.is_gone, p.former_ids, p.segments, p.standing, p.due_at, p.quarantine`;

interface ProfileChange {
  readonly before: ProfileState;
  readonly after: ProfileState;
}

export class PostgresProfiles extends ProfileStore {
  async keepPortraits(transaction: Transaction, portraits: readonly Portrait[]): Promise<void> {
    const gone = portraits.filter(({ body }) => body === null);
    if (gone.length > 0) {
      await transaction.query(
        `DELETE FROM portrait p USING unnest($1::text[], $2::bigint[]) AS g (tenant, profile_key)
          WHERE p.tenant = g.tenant AND p.profile_key = g.profile_key`,
        columns(
          gone,
          (row) => row.tenant,
          (row) => row.profileKey,
        ),
      );
    }
    const drawn = portraits.flatMap(({ body, ...row }) =>
      body === null ? [] : [{ ...row, body }],
    );
    if (drawn.length === 0) return;
    const { bytes, offsets, lengths } = packed(drawn.map(({ body }) => body));
    await transaction.query(
      `INSERT INTO portrait (tenant, profile_key, body)
       SELECT tenant, profile_key, substring($3::bytea FROM body_from FOR body_length)
         FROM unnest($1::text[], $2::bigint[], $4::int[], $5::int[]) AS p (tenant, profile_key, body_from, body_length)
       ON CONFLICT (tenant, profile_key) DO UPDATE SET body = excluded.body`,
      [
        ...columns(
          drawn,
          (row) => row.tenant,
          (row) => row.profileKey,
        ),
        bytes,
        offsets,
        lengths,
      ],
    );
  }

  /** Almost all are known: lock first, then insert what is missing; a row of one's own is locked, another's has to be. */
  async lock(transaction: Transaction, seeds: readonly ProfileState[]): Promise<ProfileState[]> {
    const known = await lockKnown(transaction, seeds);
    const names = new Set(known.map(profileName));
    const missing = sortedBy(
      seeds.filter((seed) => !names.has(profileName(seed))),
      profileName,
    );
    if (missing.length === 0) return known;
    const inserted = await transaction.query<ProfileRow>(
      `INSERT INTO profile AS p (tenant, profile_key, profile_id, revision, is_gone, former_ids, segments)
       SELECT tenant, profile_key, profile_id, 0, false, '{}', '[]'
         FROM unnest($1::text[], $2::bigint[], $3::text[]) AS s (tenant, profile_key, profile_id)
       ON CONFLICT DO NOTHING RETURNING ${PROFILE}`,
      columns(
        missing,
        (row) => row.tenant,
        (row) => row.profileKey,
        (row) => row.profileId,
      ),
    );
    const fresh = inserted.map(profileOf);
    const own = new Set(fresh.map(profileName));
    const others = missing.filter((seed) => !own.has(profileName(seed)));
    return [...known, ...fresh, ...(await lockKnown(transaction, others))];
  }

  async read(transaction: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]> {
    if (profiles.length === 0) return [];
    const rows = await transaction.query<ProfileRow>(
      `SELECT ${PROFILE} FROM profile p
        WHERE (p.tenant, p.profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))`,
      columns(
        profiles,
        (row) => row.tenant,
        (row) => row.profileKey,
      ),
    );
    return rows.map(profileOf);
  }

  async write(transaction: Transaction, changes: readonly ProfileChange[]): Promise<void> {
    const changed = changes
      .filter(({ before, after }) => isChanged(before, after))
      .map(({ after }) => after);
    if (changed.length > 0) {
      await transaction.query(
        `UPDATE profile p SET profile_id = c.profile_id, revision = c.revision, is_gone = c.is_gone,
                former_ids = ARRAY(SELECT json_array_elements_text(c.former_ids::json)), segments = c.segments,
                standing = c.standing, due_at = c.due_at,
                quarantine = c.quarantine
           FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[])
             AS c (tenant, profile_key, profile_id, revision, is_gone, former_ids, segments, standing, due_at, quarantine)
          WHERE p.tenant = c.tenant AND p.profile_key = c.profile_key`,
        columns(
          changed,
          (row) => row.tenant,
          (row) => row.profileKey,
          (row) => row.profileId,
          (row) => row.revision,
          (row) => row.isGone,
          (row) => JSON.stringify(row.formerIds),
          (row) => JSON.stringify(row.segments),
          (row) => (row.standing ? writeStanding(row.standing) : null),
          (row) => row.dueAt ?? null,
          (row) => (row.quarantine ? storable(JSON.stringify(row.quarantine)) : null),
        ),
      );
    }
    await writeAliases(transaction, changes);
  }

  async lockDue(
    transaction: Transaction,
    { at, max }: { at: number; max: number },
  ): Promise<ProfileState[]> {
    const due = await transaction.query<ProfileRef>(
      `SELECT tenant, profile_key::text AS "profileKey" FROM profile WHERE due_at <= $1 ORDER BY due_at LIMIT $2`,
      [at, max],
    );
    if (due.length === 0) return [];
    const rows = await transaction.query<ProfileRow>(
      `SELECT ${PROFILE} FROM profile p
        WHERE (p.tenant, p.profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[])) AND p.due_at <= $3
        ORDER BY p.tenant, p.profile_key
          FOR UPDATE OF p SKIP LOCKED`,
      [
        ...columns(
          due,
          (row) => row.tenant,
          (row) => row.profileKey,
        ),
        at,
      ],
    );
    return rows.map(profileOf);
  }

  async lockFree(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<ProfileState[]> {
    return lockKnown(transaction, profiles, 'SKIP LOCKED');
  }

  async advanceWatermark(transaction: Transaction, at: number): Promise<void> {
    await transaction.query('UPDATE watermark SET at = $1 WHERE at < $1', [at]);
  }
}

export async function lockKnown(
  transaction: Transaction,
  profiles: readonly ProfileRef[],
  held: '' | 'SKIP LOCKED' = '',
): Promise<ProfileState[]> {
  if (profiles.length === 0) return [];
  const rows = await transaction.query<ProfileRow>(
    `SELECT ${PROFILE} FROM profile p
      WHERE (p.tenant, p.profile_key) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))
      ORDER BY p.tenant, p.profile_key
        FOR UPDATE OF p ${held}`,
    columns(
      profiles,
      (row) => row.tenant,
      (row) => row.profileKey,
    ),
  );
  return rows.map(profileOf);
}

/** Every profile owns the list of ids that resolve to it; in a consistent state one profile alone lists an id. */
async function writeAliases(
  transaction: Transaction,
  changes: readonly ProfileChange[],
): Promise<void> {
  const removed = changes.flatMap(({ before, after }) => aliases(before, new Set(after.formerIds)));
  const added = changes.flatMap(({ before, after }) => aliases(after, new Set(before.formerIds)));
  const parameters = (rows: typeof added) =>
    columns(
      rows,
      (row) => row.tenant,
      (row) => row.aliasId,
      (row) => row.profileKey,
    );
  if (removed.length > 0) {
    await transaction.query(
      `DELETE FROM profile_alias a USING unnest($1::text[], $2::text[], $3::bigint[]) AS r (tenant, alias_id, profile_key)
        WHERE a.tenant = r.tenant AND a.alias_id = r.alias_id AND a.profile_key = r.profile_key`,
      parameters(removed),
    );
  }
  if (added.length > 0) {
    await transaction.query(
      `INSERT INTO profile_alias (tenant, alias_id, profile_key)
       SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING`,
      parameters(added),
    );
  }
}

function aliases(profile: ProfileState, except: ReadonlySet<string>) {
  const { tenant, profileKey, formerIds } = profile;
  return formerIds
    .filter((id) => !except.has(id))
    .map((aliasId) => ({ tenant, profileKey, aliasId }));
}

/** A cause may quote what a text column refuses. */
function storable(text: string): string {
  return text.toWellFormed();
}

/** Everything else that news can change comes with a higher revision; a replay may correct segments alone. */
function isChanged(before: ProfileState, after: ProfileState): boolean {
  return (
    before.revision !== after.revision ||
    before.profileId !== after.profileId ||
    before.segments !== after.segments ||
    before.standing !== after.standing ||
    before.dueAt !== after.dueAt ||
    before.quarantine !== after.quarantine
  );
}

function profileOf(row: ProfileRow): ProfileState {
  return {
    tenant: row.tenant,
    profileKey: row.profile_key,
    profileId: row.profile_id,
    revision: row.revision,
    isGone: row.is_gone,
    formerIds: row.former_ids,
    segments: JSON.parse(row.segments) as SegmentChange[],
    standing: row.standing === null ? undefined : readStanding(row.standing),
    dueAt: row.due_at ?? undefined,
    quarantine: row.quarantine === null ? undefined : (JSON.parse(row.quarantine) as Quarantine),
  };
}
