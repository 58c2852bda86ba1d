/**
 * Which content of an interaction stands on the timeline: identity decides and numbers its decisions (`contentRevision`), so the
 * highest wins here, whatever the order of arrival. The others are kept in the archive as replaced; a repeat of a revision
 * that is stored, or comes twice in one batch, adds nothing.
 */
export interface ContentName {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

export interface Content extends ContentName {
  readonly contentRevision: number;
}

export interface StoredContent extends Content {
  /** Where the row stands, and under which filing. */
  readonly profileKey: string;
  /** ms */
  readonly occurredAt: number;
  readonly factIds: readonly string[];
  readonly isSequential: boolean;
  readonly withdrawn: boolean;
}

export interface VersionChoice<Arrival extends Content> {
  readonly inserted: readonly Arrival[];
  readonly replacing: readonly { readonly stored: StoredContent; readonly arrival: Arrival }[];
  /** Archived only. */
  readonly superseded: readonly Arrival[];
}

export const contentName = ({ tenant, source, id }: ContentName): string =>
  `${tenant}\u001f${source}\u001f${id}`;

export function chooseVersions<Arrival extends Content>(
  stored: readonly StoredContent[],
  arrivals: readonly Arrival[],
): VersionChoice<Arrival> {
  const known = new Map(stored.map((content) => [contentName(content), content]));
  const winners = new Map<string, Arrival>();
  const superseded: Arrival[] = [];
  for (const arrival of arrivals) {
    const name = contentName(arrival);
    const rival = winners.get(name) ?? known.get(name);
    if (rival?.contentRevision === arrival.contentRevision) continue;
    if (rival !== undefined && rival.contentRevision > arrival.contentRevision) {
      superseded.push(arrival);
      continue;
    }
    const beaten = winners.get(name);
    if (beaten !== undefined) superseded.push(beaten);
    winners.set(name, arrival);
  }
  const inserted: Arrival[] = [];
  const replacing: { stored: StoredContent; arrival: Arrival }[] = [];
  for (const [name, arrival] of winners) {
    const before = known.get(name);
    if (before === undefined) inserted.push(arrival);
    else replacing.push({ stored: before, arrival });
  }
  return { inserted, replacing, superseded };
}
