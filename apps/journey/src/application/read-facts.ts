import type { Fact, FactKind } from '#contracts';
import { Fault } from '#kernel';
import { isSequentialKind } from '../domain/derive.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { publicFact } from './publish-facts.js';
import type { ReadMembership } from './read-membership.js';
import type { JourneyReader, ReadFact } from './reading.js';
import { timelineItem, type TimelineItem } from './timeline-item.js';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

interface Paging {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

const FACT_ID = /^[0-9a-f]{32}$/;

/** Facts of a profile, one fact, and the interactions behind it. */
export class ReadFacts {
  constructor(
    private readonly reader: JourneyReader,
    private readonly membership: ReadMembership,
  ) {}

  async ofProfile({
    tenant,
    profileId,
    kind,
    cursor,
    limit,
  }: Paging & { tenant: string; profileId: string; kind?: FactKind | undefined }): Promise<
    Page<Fact>
  > {
    const profile = await this.reader.profile(tenant, profileId);
    if (profile === undefined) throw new Fault('not-found', 'There is no profile with this id.');
    const position = decodeCursor(cursor, 1);
    const before = position && { at: position[0], id: position[1] ?? '' };
    if (before && !FACT_ID.test(before.id))
      throw new Fault('invalid-parameter', 'cursor: use the `next` of the page before, unchanged.');
    const found = await this.reader.factsOf({ profile, kind, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1)?.fact : undefined;
    return { items: page.map(toFact), next: last ? encodeCursor(last.at, last.id) : null };
  }

  async one(tenant: string, id: string): Promise<Fact> {
    return toFact(await this.find(tenant, id));
  }

  /** Exactly those that it counts, in timeline order. */
  async interactionsOf({
    tenant,
    id,
    cursor,
    limit,
  }: Paging & { tenant: string; id: string }): Promise<Page<TimelineItem>> {
    const { fact } = await this.find(tenant, id);
    const position = decodeCursor(cursor, 2);
    const after = position && {
      occurredAt: position[0],
      source: position[1] ?? '',
      id: position[2] ?? '',
    };
    const wanted = { fact, after, limit: limit + 1 };
    const rows = isSequentialKind(fact.kind)
      ? await this.membership.ofFact(wanted)
      : await this.reader.interactionsOfKeyed(wanted);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      items: page.map((row) => timelineItem(row, [fact])),
      next: last
        ? encodeCursor(last.occurredAt, last.interaction.source, last.interaction.id)
        : null,
    };
  }

  private async find(tenant: string, id: string): Promise<ReadFact> {
    const [found] = FACT_ID.test(id) ? await this.reader.facts([{ tenant, id }]) : [];
    if (found === undefined) throw new Fault('not-found', 'There is no fact with this id.');
    return found;
  }
}

function toFact({ fact, profileId, revision }: ReadFact): Fact {
  return publicFact(fact, { profileId, revision });
}
