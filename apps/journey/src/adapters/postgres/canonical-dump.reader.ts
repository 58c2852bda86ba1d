import type { Interaction } from '#contracts';
import type { SnapshotReader, UnitOfWork } from '#storage';
import { DumpReader, type CanonicalDump, type DumpedInteraction } from '../../application/dump.js';
import { publicFact } from '../../application/publish-facts.js';
import { FACT, factOf, type FactRow } from './fact.repository.js';

export class PostgresDumpReader extends DumpReader {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async canonicalDump(tenant: string): Promise<CanonicalDump> {
    const rows = await this.unitOfWork.read<{
      profile_id: string;
      withdrawn: boolean;
      body: Buffer;
    }>(
      `SELECT p.profile_id, t.withdrawn, t.body FROM timeline t JOIN profile p USING (tenant, profile_key)
        WHERE t.tenant = $1 ORDER BY p.profile_id, t.occurred_at, t.source, t.id`,
      [tenant],
    );
    const timelines: Record<string, DumpedInteraction[]> = {};
    for (const row of rows) (timelines[row.profile_id] ??= []).push(dumped(row.body));
    const facts = await dumpFacts(this.unitOfWork, tenant);
    return { timelines, facts };
  }
}

/** Facts that stand, with the public ids of their profiles. */
export async function dumpFacts(
  reader: Pick<SnapshotReader, 'read'>,
  tenant: string,
): Promise<CanonicalDump['facts']> {
  const rows = await reader.read<FactRow & { profile_id: string }>(
    `SELECT ${FACT}, p.profile_id FROM fact f JOIN profile p USING (tenant, profile_key)
      WHERE f.tenant = $1 AND NOT f.is_gone ORDER BY f.kind, f.fact_id`,
    [tenant],
  );
  return rows.map(dumpedFact);
}

/** A version that the archive keeps; on the timeline when it stands there, else replaced. */
export interface ArchivedVersion {
  readonly interaction: Interaction;
  readonly onTimeline?: {
    readonly profileId: string;
    /** ms */
    readonly occurredAt: number;
    readonly version: number;
    readonly withdrawn: boolean;
  };
}

/** Everything that was ever accepted of a tenant and won at some time, in portions. */
export async function* readArchive(
  reader: SnapshotReader,
  tenant: string,
): AsyncGenerator<ArchivedVersion[]> {
  const standing = reader.portions<TimelineRow>(
    `SELECT t.body, p.profile_id, t.occurred_at, t.version, t.withdrawn
       FROM timeline t LEFT JOIN profile p USING (tenant, profile_key) WHERE t.tenant = $1`,
    [tenant],
  );
  for await (const rows of standing)
    yield rows.map(({ body, profile_id, occurred_at, version, withdrawn }) => ({
      interaction: parsed(body),
      onTimeline: { profileId: profile_id ?? '', occurredAt: occurred_at, version, withdrawn },
    }));
  const replaced = reader.portions<{ body: Buffer }>(
    'SELECT body FROM replaced_version WHERE tenant = $1',
    [tenant],
  );
  for await (const rows of replaced) yield rows.map(({ body }) => ({ interaction: parsed(body) }));
}

interface TimelineRow {
  readonly body: Buffer;
  readonly profile_id: string | null;
  readonly occurred_at: number;
  readonly version: number;
  readonly withdrawn: boolean;
}

/** The stored watermark (ms), and how many profiles have a deadline that has passed and not fired yet. */
export async function readWatermark(
  reader: Pick<SnapshotReader, 'read'>,
): Promise<{ readonly at: number; readonly overdue: number }> {
  const [row] = await reader.read<{ at: number; overdue: number }>(
    `SELECT w.at, (SELECT count(*)::int FROM profile WHERE due_at <= w.at) AS overdue FROM watermark w`,
  );
  return row ?? { at: 0, overdue: 0 };
}

const parsed = (body: Buffer): Interaction => JSON.parse(body.toString('utf8')) as Interaction;

function dumped(body: Buffer): DumpedInteraction {
  const { receivedAt: _, sentAt: __, original: ___, tenant: ____, ...rest } = parsed(body);
  return rest;
}

function dumpedFact(row: FactRow & { profile_id: string }): CanonicalDump['facts'][number] {
  const {
    revision: _,
    tenant: __,
    ...rest
  } = publicFact(factOf(row), { profileId: row.profile_id, revision: 0 });
  return rest;
}
