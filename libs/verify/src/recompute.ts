/** Everything from scratch, in the direction of the services: interactions → people → timelines → facts → buckets. */
import { formatInstant, parseInstant, type Interaction } from '#contracts';
import { invariant } from '#kernel';
import { INTERACTIONS_MAX, type Archive } from './archive.js';
import { bucketsOf, type BucketRow, type Observation } from './buckets/buckets.js';
import type { Entry, FactRow } from './facts/fact.js';
import { factsIn } from './facts/facts.js';
import { peopleIn, type People } from './people/people.js';
import { isHaunted, nameOf, winners, type Seen } from './seen.js';
import { rowKey, type Row, type Table, type Tables } from './tables.js';

export function recompute(archive: Archive): Tables {
  invariant(
    archive.interactions.length <= INTERACTIONS_MAX,
    `at most ${INTERACTIONS_MAX} interactions are verified at once`,
  );
  const { tenant, watermark, settings } = archive;
  const seen = winners(archive.interactions);
  const people = peopleIn(archive, seen);
  const live = seen.filter(({ isWithdrawn }) => !isWithdrawn);
  const entries: Entry[] = live.map((each) => ({ ...each, profileId: ownerOf(people, each) }));
  const { counted } = archive;
  const facts = factsIn({ tenant, watermark, settings, entries }).filter(
    ({ kind }) => counted?.facts.includes(kind) ?? true,
  );
  const measured = [...live.map(interactionObserved), ...facts.map(factObserved)];
  const buckets = bucketsOf(measured, settings).filter(
    ({ kpi }) => counted?.kpis.includes(kpi) ?? true,
  );
  return {
    ...peopleTables(people, seen),
    'journey.timeline': table(seen, keyOf, (each) => ({
      profileId: ownerOf(people, each),
      occurredAt: formatInstant(each.at),
      version: each.interaction.version,
      withdrawn: each.isWithdrawn,
      contentHash: each.contentHash,
    })),
    'journey.facts': table(facts, factKey, (fact) => fact),
    'metrics.interactions': table(live, keyOf, ({ at, interaction }) => {
      const { source: _, ...dims } = dimsOf(interaction); // It stands in the key.
      return { at: formatInstant(at), dims };
    }),
    'metrics.facts': table(facts, factKey, ({ profileId: _, finalAt: __, ...fact }) => fact),
    'metrics.buckets': table(buckets, bucketKey, (bucket) => bucket),
  };
}

function peopleTables(people: People, seen: readonly Seen[]) {
  return {
    'identity.interactions': table(seen, keyOf, (each) => ({
      version: each.interaction.version,
      occurredAt: formatInstant(each.at),
      contentHash: isHaunted(each.interaction) ? null : each.contentHash,
      withdrawn: each.isWithdrawn,
      filing: people.filingOf.get(nameOf(each.interaction))?.filing,
    })),
    'identity.identifiers': table(
      people.identifiers,
      ({ type, value }) => rowKey(`${type}:${value}`),
      ({ standing, profileId, firstSeen }) => ({
        standing,
        profileId,
        firstSeen: [formatInstant(firstSeen.at), ...sourceAndId(firstSeen.interaction)],
      }),
    ),
    'identity.filings': table(
      [...people.filings.values()],
      ({ filing }) => filing,
      ({ anchor, profileId }) => ({ anchor, profileId }),
    ),
  };
}

function table<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  rowOf: (item: Item) => Row,
): Table {
  const rows = new Map<string, Row>();
  for (const item of items) {
    invariant(!rows.has(keyOf(item)), `${keyOf(item)} stands once`);
    rows.set(keyOf(item), rowOf(item));
  }
  return rows;
}

const sourceAndId = ({ source, id }: Interaction): [string, string] => [source, id];
const keyOf = ({ interaction }: Seen): string => rowKey(...sourceAndId(interaction));
const factKey = ({ kind, id }: FactRow): string => rowKey(kind, id);
const bucketKey = ({ kpi, version, start, dims }: BucketRow): string =>
  rowKey(kpi, version, start, ...dims);

function ownerOf({ filingOf }: People, { interaction }: Seen): string {
  const filed = filingOf.get(nameOf(interaction));
  invariant(filed, 'every interaction is filed');
  return filed.profileId;
}

const DIMENSIONS = [
  'channel',
  'type',
  'direction',
  'topic',
  'touchpoint',
  'stage',
  'agent',
  'queue',
  'product',
  'campaign',
  'store',
  'source',
] as const;

function dimsOf(interaction: Interaction): Record<string, string | undefined> {
  return Object.fromEntries(DIMENSIONS.map((name) => [name, interaction[name]]));
}

function interactionObserved({ at, interaction }: Seen): Observation {
  const dims = dimsOf(interaction);
  return { kind: 'interaction', at, dims, measures: {}, isProvisional: false };
}

function factObserved({ kind, at, dims, measures, status }: FactRow): Observation {
  const isProvisional = status === 'provisional';
  return { kind, at: parseInstant(at) ?? Number.NaN, dims, measures, isProvisional };
}
