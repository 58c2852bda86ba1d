import type { Interaction } from '#contracts';
import type { UnitOfWork } from '#storage';
import type { FactRef, ProfileRef } from '../../application/ports.js';
import {
  JourneyReader,
  type ArchivedInteraction,
  type FactInteractionsPage,
  type FactPage,
  type QuarantinedProfile,
  type ReadFact,
  type TimelinePage,
} from '../../application/reading.js';
import { NO_PROFILE_ID, type Quarantine } from '../../domain/profile.js';
import { FACT, factOf, type FactRow } from './fact.repository.js';
import { columns, factIdsOf } from './rows.js';

interface ArchiveRow {
  readonly profile_key: string;
  readonly occurred_at: number;
  readonly withdrawn: boolean;
  readonly is_sequential: boolean;
  readonly fact_id: string | null;
  readonly other_fact_id: string | null;
  readonly body: Buffer;
}

const ROW =
  't.profile_key::text, t.occurred_at, t.withdrawn, t.is_sequential, t.fact_id, t.other_fact_id, t.body';
const OLDEST = Number.MIN_SAFE_INTEGER;
const NEWEST = Number.MAX_SAFE_INTEGER;

export class PostgresReader extends JourneyReader {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async profile(
    tenant: string,
    id: string,
  ): Promise<(ProfileRef & { profileId: string }) | undefined> {
    if (id === NO_PROFILE_ID) return undefined;
    const [found] = await this.read<ProfileRef & { profileId: string }>(
      `SELECT p.tenant, p.profile_key::text AS "profileKey", p.profile_id AS "profileId"
         FROM (SELECT tenant, profile_key, CASE WHEN is_gone THEN 2 ELSE 0 END AS rank FROM profile WHERE tenant = $1 AND profile_id = $2
               UNION ALL
               SELECT tenant, profile_key, 1 FROM profile_alias WHERE tenant = $1 AND alias_id = $2) AS found
         JOIN profile p USING (tenant, profile_key)
        ORDER BY found.rank, p.revision DESC, p.profile_key
        LIMIT 1`,
      [tenant, id],
    );
    return found;
  }

  async owner({
    tenant,
    profileKey,
  }: ProfileRef): Promise<{ profileId: string; isQuarantined: boolean } | undefined> {
    const [found] = await this.read<{ profileId: string; isQuarantined: boolean }>(
      `SELECT profile_id AS "profileId", quarantine IS NOT NULL AS "isQuarantined"
         FROM profile WHERE tenant = $1 AND profile_key = $2`,
      [tenant, profileKey],
    );
    return found;
  }

  async quarantines({
    tenant,
    after,
    limit,
  }: {
    tenant: string;
    after: string;
    limit: number;
  }): Promise<QuarantinedProfile[]> {
    const rows = await this.read<{ profile_id: string; quarantine: string }>(
      `SELECT profile_id, quarantine FROM profile
        WHERE tenant = $1 AND quarantine IS NOT NULL AND profile_id > $2 ORDER BY profile_id LIMIT $3`,
      [tenant, after, limit],
    );
    return rows.map((row) => ({
      profileId: row.profile_id,
      quarantine: JSON.parse(row.quarantine) as Quarantine,
    }));
  }

  async timeline({
    profile,
    from,
    to,
    channel,
    type,
    before,
    limit,
  }: TimelinePage): Promise<ArchivedInteraction[]> {
    const rows = await this.read<ArchiveRow>(
      `SELECT ${ROW} FROM timeline t
        WHERE t.tenant = $1 AND t.profile_key = $2 AND t.occurred_at >= $3 AND t.occurred_at < $4
          AND ($5::text IS NULL OR t.channel = $5) AND ($6::text IS NULL OR t.type = $6)
          AND ($7::bigint IS NULL OR (t.occurred_at, t.source, t.id) < ($7::bigint, $8::text, $9::text))
        ORDER BY t.occurred_at DESC, t.source DESC, t.id DESC
        LIMIT $10`,
      [
        profile.tenant,
        profile.profileKey,
        from ?? OLDEST,
        Math.min(to ?? NEWEST, before ? before.occurredAt + 1 : NEWEST),
        channel ?? null,
        type ?? null,
        before?.occurredAt ?? null,
        before?.source ?? null,
        before?.id ?? null,
        limit,
      ],
    );
    return rows.map(archived);
  }

  async facts(refs: readonly FactRef[]): Promise<ReadFact[]> {
    if (refs.length === 0) return [];
    const rows = await this.read<ReadFactRow>(
      `SELECT ${FACT}, f.revision, p.profile_id FROM fact f JOIN profile p USING (tenant, profile_key)
        WHERE (f.tenant, f.fact_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[])) AND NOT f.is_gone`,
      columns(
        refs,
        (row) => row.tenant,
        (row) => row.id,
      ),
    );
    return rows.map(readFact);
  }

  async factsOf({ profile, kind, before, limit }: FactPage): Promise<ReadFact[]> {
    const rows = await this.read<ReadFactRow>(
      `SELECT ${FACT}, f.revision, p.profile_id FROM fact f JOIN profile p USING (tenant, profile_key)
        WHERE f.tenant = $1 AND f.profile_key = $2 AND NOT f.is_gone AND ($3::text IS NULL OR f.kind = $3)
          AND ($4::bigint IS NULL OR (f.at, f.fact_id) < ($4::bigint, $5::uuid))
        ORDER BY f.at DESC, f.fact_id DESC
        LIMIT $6`,
      [
        profile.tenant,
        profile.profileKey,
        kind ?? null,
        before?.at ?? null,
        before?.id ?? null,
        limit,
      ],
    );
    return rows.map(readFact);
  }

  async interactionsOfKeyed({
    fact,
    after,
    limit,
  }: FactInteractionsPage): Promise<ArchivedInteraction[]> {
    const rows = await this.read<ArchiveRow>(
      `SELECT ${ROW} FROM timeline t
        WHERE t.tenant = $1 AND (t.fact_id = $2::uuid OR t.other_fact_id = $2::uuid) AND NOT t.withdrawn
          AND ($3::bigint IS NULL OR (t.occurred_at, t.source, t.id) > ($3::bigint, $4::text, $5::text))
        ORDER BY t.occurred_at, t.source, t.id
        LIMIT $6`,
      [
        fact.tenant,
        fact.id,
        after?.occurredAt ?? null,
        after?.source ?? null,
        after?.id ?? null,
        limit,
      ],
    );
    return rows.map(archived);
  }

  async interaction({
    tenant,
    source,
    id,
  }: {
    tenant: string;
    source: string;
    id: string;
  }): Promise<ArchivedInteraction | undefined> {
    const [row] = await this.read<ArchiveRow>(
      `SELECT ${ROW} FROM timeline t WHERE t.tenant = $1 AND t.source = $2 AND t.id = $3`,
      [tenant, source, id],
    );
    return row && archived(row);
  }

  async replacedVersions({
    tenant,
    source,
    id,
  }: {
    tenant: string;
    source: string;
    id: string;
  }): Promise<{ version: number; receivedAt: number }[]> {
    return this.read<{ version: number; receivedAt: number }>(
      `SELECT version, received_at AS "receivedAt" FROM replaced_version
        WHERE tenant = $1 AND source = $2 AND id = $3 ORDER BY content_revision LIMIT 100`,
      [tenant, source, id],
    );
  }

  /** No stored text holds U+0000 or a lone surrogate, and Postgres refuses them as parameters: such a name is just not found. */
  private async read<Row extends object>(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    const storable = parameters.map((parameter) =>
      typeof parameter === 'string'
        ? parameter.toWellFormed().replaceAll('\u0000', '\ufffd')
        : parameter,
    );
    return this.unitOfWork.read<Row>(sql, storable);
  }
}

interface ReadFactRow extends FactRow {
  readonly revision: number;
  /** The current public id: the one that the fact was last published with may be older (it resolves all the same). */
  readonly profile_id: string;
}

function readFact(row: ReadFactRow): ReadFact {
  return { fact: factOf(row), revision: row.revision, profileId: row.profile_id };
}

function archived(row: ArchiveRow): ArchivedInteraction {
  return {
    profileKey: row.profile_key,
    interaction: JSON.parse(row.body.toString('utf8')) as Interaction,
    occurredAt: row.occurred_at,
    withdrawn: row.withdrawn,
    isSequential: row.is_sequential,
    factIds: factIdsOf(row),
  };
}
