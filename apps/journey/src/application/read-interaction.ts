import { formatInstant, type FactKind } from '#contracts';
import { Fault } from '#kernel';
import type { ReadMembership } from './read-membership.js';
import type { JourneyReader } from './reading.js';
import { factsOfRows } from './read-timeline.js';
import { timelineItem, type TimelineItem } from './timeline-item.js';

export interface WhereIsMyInteraction {
  readonly source: string;
  readonly id: string;
  /** `quarantined`: kept, but the facts of its profile could not be derived and may lack it. `superseded` when a version was asked for that a later one replaced. */
  readonly status: 'filed' | 'superseded' | 'withdrawn' | 'quarantined';
  readonly version: number;
  readonly profileId: string | null;
  readonly facts: readonly { readonly kind: FactKind; readonly id: string }[];
  readonly replaced: readonly { readonly version: number; readonly receivedAt: string }[];
  readonly interaction: TimelineItem;
}

/** Where an interaction stands now. One not (yet) seen here is not found: whether it waits upstream is not known here. */
export class ReadInteraction {
  constructor(
    private readonly reader: JourneyReader,
    private readonly membership: ReadMembership,
  ) {}

  async execute(
    ref: { tenant: string; source: string; id: string },
    version?: number,
  ): Promise<WhereIsMyInteraction> {
    const row = await this.reader.interaction(ref);
    if (row === undefined)
      throw new Fault('not-found', 'This interaction has not been seen here, or not yet.');
    const { tenant, source, id } = ref;
    const profile = { tenant, profileKey: row.profileKey };
    const replaced = await this.reader.replacedVersions(ref);
    const isReplaced = version !== undefined && version !== row.interaction.version;
    if (isReplaced && !replaced.some((one) => one.version === version))
      throw new Fault('not-found', `Version ${version} has not been seen here.`);
    const [facts = []] = await factsOfRows(this.reader, this.membership, { profile, rows: [row] });
    const owner = await this.reader.owner(profile);
    const alive = owner?.isQuarantined ? 'quarantined' : 'filed';
    const current = row.withdrawn ? 'withdrawn' : alive;
    return {
      source,
      id,
      status: isReplaced ? 'superseded' : current,
      version: row.interaction.version,
      profileId: owner?.profileId ?? null,
      facts: facts.map((fact) => ({ kind: fact.kind, id: fact.id })),
      replaced: replaced.map((one) => ({
        version: one.version,
        receivedAt: formatInstant(one.receivedAt),
      })),
      interaction: timelineItem(row, facts),
    };
  }
}
