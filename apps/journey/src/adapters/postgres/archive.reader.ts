import type { UnitOfWork } from '#storage';
import {
  ArchiveReader,
  type ArchivedVersion,
  type ArchivePosition,
} from '../../application/export-profile.js';
import type { ProfileRef } from '../../application/ports.js';

interface VersionRow {
  readonly source: string;
  readonly id: string;
  readonly occurred_at: number;
  readonly content_revision: number;
  readonly is_replaced: boolean;
  readonly body: Buffer;
}

/**
 * The interactions of the page first, then their versions: as many interactions as the page has rows are always enough, and
 * `>=` because the page before may have ended among the versions of one.
 */
const VERSIONS = `
  WITH standing AS (
    SELECT tenant, source, id, occurred_at, content_revision, body FROM timeline
     WHERE tenant = $1 AND profile_key = $2
       AND occurred_at >= coalesce($3::bigint, occurred_at)
       AND ($3::bigint IS NULL OR (occurred_at, source, id) >= ($3::bigint, $4::text, $5::text))
     ORDER BY occurred_at, source, id
     LIMIT $7 + 1)
  SELECT * FROM (
    SELECT source, id, occurred_at, content_revision, false AS is_replaced, body FROM standing
    UNION ALL
    SELECT r.source, r.id, s.occurred_at, r.content_revision, true, r.body
      FROM standing s JOIN replaced_version r USING (tenant, source, id)) AS versions
   WHERE $3::bigint IS NULL
      OR (occurred_at, source, id, content_revision) > ($3::bigint, $4::text, $5::text, $6::bigint)
   ORDER BY occurred_at, source, id, content_revision
   LIMIT $7`;

export class PostgresArchiveReader extends ArchiveReader {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async portrait({ tenant, profileKey }: ProfileRef): Promise<Buffer | undefined> {
    const [found] = await this.unitOfWork.read<{ body: Buffer }>(
      'SELECT body FROM portrait WHERE tenant = $1 AND profile_key = $2',
      [tenant, profileKey],
    );
    return found?.body;
  }

  async versions({
    profile,
    after,
    limit,
  }: {
    profile: ProfileRef;
    after: ArchivePosition | undefined;
    limit: number;
  }): Promise<ArchivedVersion[]> {
    const rows = await this.unitOfWork.read<VersionRow>(VERSIONS, [
      profile.tenant,
      profile.profileKey,
      after?.occurredAt ?? null,
      after?.source ?? null,
      after?.id ?? null,
      after?.contentRevision ?? null,
      limit,
    ]);
    return rows.map((row) => ({
      source: row.source,
      id: row.id,
      occurredAt: row.occurred_at,
      contentRevision: row.content_revision,
      isReplaced: row.is_replaced,
      body: row.body,
    }));
  }
}
