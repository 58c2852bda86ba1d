import type { Transaction } from '#storage';
import type { ArchivedContent } from '../../application/archived-content.js';
import {
  ArchiveStore,
  type FactRef,
  type FiledArrival,
  type MovedRow,
  type Stretch,
} from '../../application/ports.js';
import { filingName, type FilingClaim, type FilingMove } from '../../domain/filing.js';
import type { Entry } from '../../domain/timeline.js';
import { contentName, type ContentName, type StoredContent } from '../../domain/version-choice.js';
import {
  columns,
  ConcurrentInsert,
  entryOf,
  factIdsOf,
  packed,
  sortedBy,
  stretchColumns,
  type EntryRow,
} from './rows.js';

interface ContentRow {
  tenant: string;
  source: string;
  id: string;
  content_revision: number;
  profile_key: string;
  occurred_at: number;
  fact_id: string | null;
  other_fact_id: string | null;
  is_sequential: boolean;
  withdrawn: boolean;
}

type ContentFlags = Pick<ContentRow, 'occurred_at' | 'fact_id' | 'other_fact_id' | 'is_sequential'>;

interface FilingRow {
  tenant: string;
  filing: string;
  profile_key: string;
  revision: number;
}

/** Columns of an arrival beside its body, which follows as bytes, offsets, lengths. */
const ARRIVAL_COLUMNS = `unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
  $9::uuid[], $10::boolean[], $11::boolean[], $12::text[], $13::text[], $14::text[], $15::uuid[], $17::int[], $18::int[])
  AS a (tenant, source, id, profile_key, occurred_at, received_at, content_revision, version, fact_id, is_sequential, withdrawn,
  type, channel, filing, other_fact_id, body_from, body_length)`;

export class PostgresArchive extends ArchiveStore {
  async lockContents(
    transaction: Transaction,
    contents: readonly ContentName[],
  ): Promise<StoredContent[]> {
    if (contents.length === 0) return [];
    const names = columns(
      sortedBy(contents, contentName),
      (row) => row.tenant,
      (row) => row.source,
      (row) => row.id,
    );
    const rows = await transaction.query<ContentRow>(
      `SELECT t.tenant, t.source, t.id, t.content_revision, t.profile_key::text, t.occurred_at, t.fact_id, t.other_fact_id,
              t.is_sequential, t.withdrawn
         FROM timeline t
        WHERE (t.tenant, t.source, t.id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
        ORDER BY t.tenant, t.source, t.id
          FOR UPDATE OF t`,
      names,
    );
    return rows.map((row) => ({
      tenant: row.tenant,
      source: row.source,
      id: row.id,
      contentRevision: row.content_revision,
      profileKey: row.profile_key,
      occurredAt: row.occurred_at,
      factIds: factIdsOf(row),
      isSequential: row.is_sequential,
      withdrawn: row.withdrawn,
    }));
  }

  /** Almost all are known: lock first, insert what is missing, and lock what another worker inserted in between. */
  async lockFilings(
    transaction: Transaction,
    claims: readonly FilingClaim[],
  ): Promise<FilingClaim[]> {
    const known = await lockKnownFilings(transaction, claims);
    const names = new Set(known.map(filingName));
    const missing = claims.filter((claim) => !names.has(filingName(claim)));
    if (missing.length === 0) return known;
    const inserted = await transaction.query<{ tenant: string; filing: string }>(
      `INSERT INTO filing (tenant, filing, profile_key, revision)
       SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
       ON CONFLICT DO NOTHING
       RETURNING tenant, filing`,
      columns(
        sortedBy(missing, filingName),
        (row) => row.tenant,
        (row) => row.filing,
        (row) => row.profileKey,
        (row) => row.revision,
      ),
    );
    const fresh = new Set(inserted.map(filingName));
    const overtaken = missing.filter((claim) => !fresh.has(filingName(claim)));
    return [...known, ...(await lockKnownFilings(transaction, overtaken))];
  }

  async raiseFilings(transaction: Transaction, claims: readonly FilingClaim[]): Promise<void> {
    if (claims.length === 0) return;
    await transaction.query(
      `UPDATE filing f SET profile_key = c.profile_key, revision = c.revision
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS c (tenant, filing, profile_key, revision)
        WHERE f.tenant = c.tenant AND f.filing = c.filing`,
      columns(
        claims,
        (row) => row.tenant,
        (row) => row.filing,
        (row) => row.profileKey,
        (row) => row.revision,
      ),
    );
  }

  async insert(transaction: Transaction, arrivals: readonly FiledArrival[]): Promise<void> {
    if (arrivals.length === 0) return;
    const [done] = await transaction.query<{ inserted: number }>(
      `WITH inserted AS (
         INSERT INTO timeline (tenant, source, id, profile_key, occurred_at, received_at, content_revision, version, fact_id,
                               is_sequential, withdrawn, type, channel, filing, other_fact_id, body)
         SELECT tenant, source, id, profile_key, occurred_at, received_at, content_revision, version, fact_id,
                is_sequential, withdrawn, type, channel, filing, other_fact_id, substring($16::bytea FROM body_from FOR body_length)
           FROM ${ARRIVAL_COLUMNS}
         ON CONFLICT DO NOTHING
         RETURNING 1)
       SELECT count(*)::int AS inserted FROM inserted`,
      parametersOf(sortedBy(arrivals, contentName)),
    );
    if (done?.inserted !== arrivals.length) throw new ConcurrentInsert();
  }

  async replace(transaction: Transaction, arrivals: readonly FiledArrival[]): Promise<void> {
    if (arrivals.length === 0) return;
    await transaction.query(
      `INSERT INTO replaced_version (tenant, source, id, content_revision, version, occurred_at, received_at, body)
       SELECT t.tenant, t.source, t.id, t.content_revision, t.version, t.occurred_at, t.received_at, t.body
         FROM timeline t JOIN unnest($1::text[], $2::text[], $3::text[]) AS a (tenant, source, id) USING (tenant, source, id)
       ON CONFLICT DO NOTHING`,
      columns(
        arrivals,
        (row) => row.tenant,
        (row) => row.source,
        (row) => row.id,
      ),
    );
    await transaction.query(
      `UPDATE timeline t SET
         profile_key = a.profile_key, occurred_at = a.occurred_at, received_at = a.received_at,
         content_revision = a.content_revision, version = a.version, fact_id = a.fact_id, is_sequential = a.is_sequential,
         withdrawn = a.withdrawn, type = a.type, channel = a.channel, filing = a.filing, other_fact_id = a.other_fact_id,
         body = substring($16::bytea FROM a.body_from FOR a.body_length)
         FROM ${ARRIVAL_COLUMNS}
        WHERE t.tenant = a.tenant AND t.source = a.source AND t.id = a.id`,
      parametersOf(arrivals),
    );
  }

  async archive(transaction: Transaction, superseded: readonly ArchivedContent[]): Promise<void> {
    if (superseded.length === 0) return;
    const { bytes, offsets, lengths } = packed(superseded.map((row) => row.body));
    await transaction.query(
      `INSERT INTO replaced_version (tenant, source, id, content_revision, version, occurred_at, received_at, body)
       SELECT tenant, source, id, content_revision, version, occurred_at, received_at, substring($8::bytea FROM body_from FOR body_length)
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $9::int[], $10::int[])
           AS a (tenant, source, id, content_revision, version, occurred_at, received_at, body_from, body_length)
       ON CONFLICT DO NOTHING`,
      [
        ...columns(
          superseded,
          (row) => row.tenant,
          (row) => row.source,
          (row) => row.id,
          (row) => row.contentRevision,
          (row) => row.version,
          (row) => row.occurredAt,
          (row) => row.receivedAt,
        ),
        bytes,
        offsets,
        lengths,
      ],
    );
  }

  /** By the filing's rows, not those of the profile: the sum keeps the planner from the other index. */
  async move(transaction: Transaction, moves: readonly FilingMove[]): Promise<MovedRow[]> {
    if (moves.length === 0) return [];
    const rows = await transaction.query<
      Pick<MovedRow, 'tenant' | 'filing' | 'from' | 'to' | 'withdrawn'> & ContentFlags
    >(
      `UPDATE timeline t SET profile_key = m.target
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS m (tenant, filing, origin, target)
        WHERE t.tenant = m.tenant AND t.filing = m.filing AND t.profile_key + 0 = m.origin
        RETURNING t.tenant, t.filing, m.origin::text AS "from", m.target::text AS "to", t.occurred_at,
                  t.fact_id, t.other_fact_id, t.is_sequential, t.withdrawn`,
      columns(
        moves,
        (row) => row.tenant,
        (row) => row.filing,
        (row) => row.from,
        (row) => row.to,
      ),
    );
    return rows.map(({ tenant, filing, from, to, withdrawn, ...row }) => ({
      tenant,
      filing,
      from,
      to,
      withdrawn,
      occurredAt: row.occurred_at,
      factIds: factIdsOf(row),
      isSequential: row.is_sequential,
    }));
  }

  async entriesOfFacts(transaction: Transaction, facts: readonly FactRef[]): Promise<Entry[]> {
    if (facts.length === 0) return [];
    const rows = await transaction.query<EntryRow>(
      `SELECT tenant, profile_key::text, occurred_at, body FROM timeline
        WHERE (fact_id = ANY ($1::uuid[]) OR other_fact_id = ANY ($1::uuid[])) AND NOT withdrawn`,
      [facts.map(({ id }) => id)],
    );
    return rows.map(entryOf);
  }

  async sequentialEntries(
    transaction: Transaction,
    stretches: readonly Stretch[],
  ): Promise<Entry[]> {
    if (stretches.length === 0) return [];
    const rows = await transaction.query<EntryRow>(
      `SELECT t.tenant, t.profile_key::text, t.occurred_at, t.body
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS p (tenant, profile_key, after, up_to)
         JOIN timeline t ON t.tenant = p.tenant AND t.profile_key = p.profile_key
                        AND t.occurred_at > p.after AND t.occurred_at <= p.up_to
        WHERE t.is_sequential AND NOT t.withdrawn`,
      stretchColumns(stretches),
    );
    return rows.map(entryOf);
  }
}

async function lockKnownFilings(
  transaction: Transaction,
  claims: readonly FilingClaim[],
): Promise<FilingClaim[]> {
  if (claims.length === 0) return [];
  const rows = await transaction.query<FilingRow>(
    `SELECT f.tenant, f.filing, f.profile_key::text, f.revision
       FROM filing f
      WHERE (f.tenant, f.filing) IN (SELECT * FROM unnest($1::text[], $2::text[]))
      ORDER BY f.tenant, f.filing
        FOR UPDATE OF f`,
    columns(
      claims,
      (row) => row.tenant,
      (row) => row.filing,
    ),
  );
  return rows.map(({ tenant, filing, profile_key, revision }) => ({
    tenant,
    filing,
    profileKey: profile_key,
    revision,
  }));
}

function parametersOf(arrivals: readonly FiledArrival[]): unknown[] {
  const { bytes, offsets, lengths } = packed(arrivals.map((row) => row.body));
  const described = columns(
    arrivals,
    (row) => row.tenant,
    (row) => row.source,
    (row) => row.id,
    (row) => row.profileKey,
    (row) => row.occurredAt,
    (row) => row.receivedAt,
    (row) => row.contentRevision,
    (row) => row.version,
    (row) => row.factIds[0] ?? null,
    (row) => row.isSequential,
    (row) => row.withdrawn,
    (row) => row.interaction.type,
    (row) => row.interaction.channel,
    (row) => row.filing,
    (row) => row.factIds[1] ?? null,
  );
  return [...described, bytes, offsets, lengths];
}
