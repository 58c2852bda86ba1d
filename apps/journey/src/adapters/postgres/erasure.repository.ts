import type { ErasureDone, Ghosts } from '#contracts';
import type { Counted, EnteredTenant, ErasureBook } from '#erasure';
import type { Transaction } from '#storage';
import {
  ErasureStore,
  type Gone,
  type KnownErasures,
  type Names,
  type NamesAsked,
  type StandingBody,
} from '../../application/erasing/ports.js';
import type { ArchivedContent } from '../../application/archived-content.js';
import type { Passing, Refiling, Tombstone } from '../../domain/erasure.js';
import type { Content, ContentName } from '../../domain/version-choice.js';
import { columns, hexOf } from './rows.js';

interface RefilingRow {
  tenant: string;
  source: string;
  id: string;
  content_revision: number;
  about: number;
  filing: string;
  profile_key: string;
  profile_id: string;
  filing_revision: number;
  ghosts: string;
  erasure_id: string;
}

interface ErasedRow {
  name: string;
  erasure_id: string;
  until_revision: number | null;
}

interface VersionRow {
  tenant: string;
  source: string;
  id: string;
  content_revision: number;
  version: number;
  occurred_at: number;
  received_at: number;
  body: Buffer;
}

const NAMED = '(SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))';

const GONE =
  'unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS g (tenant, source, id, until)';
const IS_MEANT = `(t.tenant, t.source, t.id) = (g.tenant, g.source, g.id)
  AND (g.until IS NULL OR t.content_revision < g.until)`;

export class PostgresErasures extends ErasureStore {
  constructor(
    readonly names: Names,
    private readonly book: ErasureBook,
  ) {
    super();
  }

  enter(
    transaction: Transaction,
    tenants: readonly EnteredTenant[],
  ): Promise<ReadonlyMap<string, number>> {
    return this.book.enter(transaction, tenants);
  }

  async keep(
    transaction: Transaction,
    { tombstones, refilings }: { tombstones: readonly Tombstone[]; refilings: readonly Refiling[] },
  ): Promise<void> {
    await this.keepTombstones(transaction, tombstones);
    await this.keepRefilings(transaction, refilings);
  }

  async settle(
    transaction: Transaction,
    counted: readonly Counted[],
    now: number,
  ): Promise<ErasureDone[]> {
    await this.book.count(transaction, counted);
    const tenants = [...new Set(counted.map(({ tenant }) => tenant))];
    return this.book.settle(transaction, { tenants, now });
  }

  async about(
    transaction: Transaction,
    tenants: readonly string[],
    { interactions, contents, identifiers }: NamesAsked,
  ): Promise<KnownErasures> {
    const erased = await transaction.query<ErasedRow>(
      'SELECT name, erasure_id, until_revision FROM erased_interaction WHERE tenant = ANY ($1::text[]) AND name = ANY ($2::uuid[])',
      [tenants, interactions],
    );
    const refilings = await transaction.query<RefilingRow>(
      `SELECT tenant, source, id, content_revision, about, filing, profile_key::text, profile_id, filing_revision, ghosts, erasure_id
         FROM refiling WHERE (tenant, source, id) IN ${NAMED}`,
      named(contents),
    );
    const names = await transaction.query<{
      tenant: string;
      name: string;
      type: string;
      erasure_id: string;
      at: number;
    }>(
      `SELECT tenant, name, type, erasure_id, at FROM erased_identifier
        WHERE tenant = ANY ($1::text[]) AND name = ANY ($2::uuid[])`,
      [tenants, identifiers],
    );
    return {
      erased: new Map(erased.map((row) => [hexOf(row.name) ?? '', passingOf(row)])),
      refilings: refilings.map(refilingOf),
      names: names.map(({ tenant, name, type, erasure_id, at }) => ({
        tenant,
        name: hexOf(name) ?? '',
        type,
        erasureId: erasure_id,
        at,
      })),
    };
  }

  async standing(transaction: Transaction, names: readonly ContentName[]): Promise<StandingBody[]> {
    if (names.length === 0) return [];
    const rows = await transaction.query<Omit<VersionRow, 'version'>>(
      `SELECT tenant, source, id, content_revision, body FROM timeline WHERE (tenant, source, id) IN ${NAMED}
        ORDER BY tenant, source, id FOR UPDATE`,
      named(names),
    );
    return rows.map(({ tenant, source, id, content_revision, body }) => ({
      tenant,
      source,
      id,
      contentRevision: content_revision,
      body,
    }));
  }

  async replaced(
    transaction: Transaction,
    names: readonly ContentName[],
  ): Promise<ArchivedContent[]> {
    if (names.length === 0) return [];
    const rows = await transaction.query<VersionRow>(
      `SELECT tenant, source, id, content_revision, version, occurred_at, received_at, body FROM replaced_version
        WHERE (tenant, source, id) IN ${NAMED}`,
      named(names),
    );
    return rows.map(versionOf);
  }

  async removeReplaced(transaction: Transaction, versions: readonly Content[]): Promise<void> {
    if (versions.length === 0) return;
    await transaction.query(
      `DELETE FROM replaced_version WHERE (tenant, source, id, content_revision)
          IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]))`,
      [...named(versions), versions.map(({ contentRevision }) => contentRevision)],
    );
  }

  async erase(
    transaction: Transaction,
    gone: readonly Gone[],
  ): Promise<{ interactions: ContentName[]; versions: ContentName[] }> {
    if (gone.length === 0) return { interactions: [], versions: [] };
    const from = (table: string): Promise<ContentName[]> =>
      transaction.query<ContentName & Record<string, unknown>>(
        `DELETE FROM ${table} t USING ${GONE} WHERE ${IS_MEANT} RETURNING t.tenant, t.source, t.id`,
        goneCells(gone),
      );
    const interactions = await from('timeline');
    return { interactions, versions: await from('replaced_version') };
  }

  async replacedNames(
    transaction: Transaction,
    { tenant, after, limit }: { tenant: string; after: ContentName | undefined; limit: number },
  ): Promise<ContentName[]> {
    return transaction.query<ContentName & Record<string, unknown>>(
      `SELECT DISTINCT tenant, source, id FROM replaced_version
        WHERE tenant = $1 AND (source, id) > ($2, $3) ORDER BY source, id LIMIT $4`,
      [tenant, after?.source ?? '', after?.id ?? '', limit],
    );
  }

  /** What waited for a body of theirs waits no longer. */
  private async keepTombstones(
    transaction: Transaction,
    tombstones: readonly Tombstone[],
  ): Promise<void> {
    if (tombstones.length === 0) return;
    const gone = tombstones.map((each) => ({ ...each, name: this.names.interaction(each) }));
    await this.book.keepGone(transaction, gone);
    await transaction.query(
      `DELETE FROM refiling t
        USING ${GONE} WHERE ${IS_MEANT}`,
      goneCells(tombstones),
    );
  }

  private async keepRefilings(
    transaction: Transaction,
    refilings: readonly Refiling[],
  ): Promise<void> {
    if (refilings.length === 0) return;
    await this.book.open(
      transaction,
      refilings.map(({ tenant }) => tenant),
    );
    await transaction.query(
      `INSERT INTO refiling (tenant, source, id, content_revision, about, filing, profile_key, profile_id, filing_revision, ghosts, erasure_id)
       SELECT r.tenant, source, id, content_revision, about, filing, profile_key, profile_id, filing_revision, ghosts, r.erasure_id
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::text[],
                     $9::bigint[], $10::text[], $11::text[], $12::uuid[])
           AS r (tenant, source, id, content_revision, about, filing, profile_key, profile_id, filing_revision, ghosts, erasure_id, name)
        WHERE NOT EXISTS (SELECT FROM erased_interaction e WHERE e.tenant = r.tenant AND e.name = r.name
                             AND (e.until_revision IS NULL OR r.content_revision < e.until_revision))
       ON CONFLICT DO NOTHING`,
      columns(
        refilings,
        (row) => row.tenant,
        (row) => row.source,
        (row) => row.id,
        (row) => row.contentRevision,
        (row) => row.about,
        (row) => row.filing,
        (row) => row.profileKey,
        (row) => row.profileId,
        (row) => row.filingRevision,
        (row) => JSON.stringify(row.ghosts),
        (row) => row.erasureId,
        (row) => this.names.interaction(row),
      ),
    );
  }
}

function named(names: readonly ContentName[]): unknown[][] {
  return columns(
    names,
    (row) => row.tenant,
    (row) => row.source,
    (row) => row.id,
  );
}

function goneCells(gone: readonly Gone[]): unknown[][] {
  return [...named(gone), gone.map(({ until }) => until ?? null)];
}

function refilingOf(row: RefilingRow): Refiling {
  return {
    tenant: row.tenant,
    source: row.source,
    id: row.id,
    contentRevision: row.content_revision,
    about: row.about,
    filing: row.filing,
    profileKey: row.profile_key,
    profileId: row.profile_id,
    filingRevision: row.filing_revision,
    ghosts: JSON.parse(row.ghosts) as Ghosts,
    erasureId: row.erasure_id,
  };
}

function passingOf({ erasure_id, until_revision }: ErasedRow): Passing {
  return { erasureId: erasure_id, until: until_revision ?? undefined };
}

function versionOf(row: VersionRow): ArchivedContent {
  return {
    tenant: row.tenant,
    source: row.source,
    id: row.id,
    contentRevision: row.content_revision,
    version: row.version,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    body: row.body,
  };
}
