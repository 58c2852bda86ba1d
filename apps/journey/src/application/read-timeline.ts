import { Fault } from '#kernel';
import type { DerivedFact } from '../domain/derived-fact.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import type { ProfileRef } from './ports.js';
import type { ReadMembership } from './read-membership.js';
import type { ArchivedInteraction, JourneyReader } from './reading.js';
import { timelineItem, type TimelineItem } from './timeline-item.js';

export interface TimelineQuery {
  readonly tenant: string;
  readonly profileId: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly channel?: string | undefined;
  readonly type?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Timeline {
  readonly profileId: string;
  readonly items: readonly TimelineItem[];
  /** Cursor of the next, older page; null at the end. */
  readonly next: string | null;
}

/** A profile's timeline, newest first, each row with the facts it belongs to. */
export class ReadTimeline {
  constructor(
    private readonly reader: JourneyReader,
    private readonly membership: ReadMembership,
  ) {}

  async execute(query: TimelineQuery): Promise<Timeline> {
    const profile = await this.reader.profile(query.tenant, query.profileId);
    if (profile === undefined) throw new Fault('not-found', 'There is no profile with this id.');
    const cursor = decodeCursor(query.cursor, 2);
    const before = cursor && {
      occurredAt: cursor[0],
      source: cursor[1] ?? '',
      id: cursor[2] ?? '',
    };
    const { from, to, channel, type, limit } = query;
    const rows = await this.reader.timeline({
      profile,
      from,
      to,
      channel,
      type,
      before,
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      profileId: profile.profileId,
      items: await this.items(profile, page),
      next: last
        ? encodeCursor(last.occurredAt, last.interaction.source, last.interaction.id)
        : null,
    };
  }

  private async items(
    profile: ProfileRef,
    rows: readonly ArchivedInteraction[],
  ): Promise<TimelineItem[]> {
    const facts = await factsOfRows(this.reader, this.membership, { profile, rows });
    return rows.map((row, index) => timelineItem(row, facts[index] ?? []));
  }
}

/** The facts that count each row: keyed ones by their ids, sequential ones as their folds tell. */
export async function factsOfRows(
  reader: JourneyReader,
  membership: ReadMembership,
  { profile, rows }: { profile: ProfileRef; rows: readonly ArchivedInteraction[] },
): Promise<DerivedFact[][]> {
  const { tenant } = profile;
  const sequential = await membership.ofRows(profile, rows);
  const ids = rows.map((row, index) =>
    row.withdrawn ? [] : [...(sequential[index] ?? []), ...row.factIds],
  );
  const found = await reader.facts([...new Set(ids.flat())].map((id) => ({ tenant, id })));
  const byId = new Map(found.map(({ fact }) => [fact.id, fact]));
  return ids.map((each) => each.flatMap((id) => byId.get(id) ?? []));
}
