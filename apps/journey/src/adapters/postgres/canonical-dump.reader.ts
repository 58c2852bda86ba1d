import type { Interaction } from '#contracts';
import type { UnitOfWork } from '#storage';
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
    const facts = await this.unitOfWork.read<FactRow & { profile_id: string }>(
      `SELECT ${FACT}, p.profile_id FROM fact f JOIN profile p USING (tenant, profile_key)
        WHERE f.tenant = $1 AND NOT f.is_gone ORDER BY f.kind, f.fact_id`,
      [tenant],
    );
    return { timelines, facts: facts.map(dumpedFact) };
  }
}

function dumped(body: Buffer): DumpedInteraction {
  const interaction = JSON.parse(body.toString('utf8')) as Interaction;
  const { receivedAt: _, sentAt: __, original: ___, tenant: ____, ...rest } = interaction;
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
