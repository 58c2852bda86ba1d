import { DEFAULT_SETTINGS, formatInstant } from '#contracts';
import { canonicalJson } from '#kernel';
import {
  type Archive,
  contentHashOf,
  type Row,
  rowKey,
  SHIPPED_RULES,
  type Table,
  type Tables,
} from '#verify';
import { publicFact } from '../../apps/journey/src/application/publish-facts.js';
import type {
  FactObservation,
  InteractionObservation,
} from '../../apps/metrics/src/domain/observation.js';
import { type MemoryPipeline, SECRET, TENANT } from './memory-pipeline.js';

/** What `touchline verify` recomputes from, as the pipeline was given it. */
export function archiveOf(pipeline: MemoryPipeline): Archive {
  return {
    tenant: TENANT,
    secret: SECRET.value,
    settings: DEFAULT_SETTINGS,
    rules: pipeline.people.rulesRows.get(TENANT) ?? SHIPPED_RULES,
    calls: [...pipeline.people.callRows.values()].flatMap(({ kind, a, b, at }) =>
      kind === 'alias' ? [] : [{ kind, a, b, at }],
    ),
    interactions: pipeline.accepted,
    watermark: pipeline.clock.now(),
  };
}

/**
 * Everything that must be the same whatever the arrival, in the tables of `touchline verify`: public profile ids in place of
 * internal keys, without revisions, causes and write times.
 */
export function canonicalTables({ people, journey, measured }: MemoryPipeline): Tables {
  const profileId = (key: number | string | null): string =>
    people.profileRows.get(Number(key))?.profileId ?? '';
  const filings = [...people.filingRows.values()].filter(({ total }) => total > 0);
  // What went by age leaves a mark that is filed nowhere.
  const filed = [...people.winnerRows.values()].filter(({ filing }) => filing !== '');
  const interactions = measured.observations<InteractionObservation>('interaction');
  return {
    'identity.interactions': byKey(filed, interactionKey, (row) => ({
      version: row.version,
      occurredAt: formatInstant(row.at),
      contentHash: row.contentHash,
      withdrawn: row.isWithdrawn,
      filing: row.filing,
    })),
    'identity.identifiers': byKey(
      [...people.identifierRows.values()].filter(({ first }) => first !== null),
      ({ type, value }) => rowKey(`${type}:${value}`),
      ({ standing, profileKey, first }) => ({
        standing,
        profileId: profileId(profileKey),
        firstSeen: first && [formatInstant(first.at), first.source, first.id],
      }),
    ),
    'identity.filings': byKey(
      filings,
      ({ filing }) => filing,
      ({ anchor, profileKey }) => ({ anchor, profileId: profileId(profileKey) }),
    ),
    'journey.timeline': byKey([...journey.archive.rows.values()], interactionKey, (row) => ({
      profileId: profileId(row.profileKey),
      occurredAt: formatInstant(row.occurredAt),
      version: row.version,
      withdrawn: row.withdrawn,
      contentHash: contentHashOf(row.interaction),
    })),
    'journey.facts': byKey(
      journey.facts.current().map((fact) => {
        const told = publicFact(fact, { profileId: profileId(fact.profileKey), revision: 0 });
        const { revision: _, tenant: __, ...rest } = told;
        return rest;
      }),
      factKey,
    ),
    'metrics.interactions': byKey(
      interactions,
      ({ origin }) => rowKey(origin.source, origin.id),
      ({ atMs, dims: { source: _, ...dims } }) => ({ at: formatInstant(atMs), dims }),
    ),
    'metrics.facts': byKey(measured.facts().map(measuredFact), factKey),
    'metrics.buckets': byKey(
      measured.buckets().map(({ kpi, version, startMs, endMs, dims, tally, bins }) => ({
        kpi,
        version,
        start: formatInstant(startMs),
        end: formatInstant(endMs),
        dims,
        ...tally,
        numerator: String(tally.numerator),
        squares: String(tally.squares),
        bins: [...bins].sort(([a], [b]) => a - b),
      })),
      ({ kpi, version, start, dims }) => rowKey(kpi, version, start, ...dims),
    ),
  };
}

/** Decisions are not recomputed by verify, and must not depend on arrival either. */
export function decisionsOf({ people }: MemoryPipeline): string[] {
  return people.decisionRows
    .map(({ code, subject, rivals }) =>
      canonicalJson({ code, subject, rivals: [...rivals].sort() }),
    )
    .sort();
}

function measuredFact({ kind, key, atMs, dims, measures, isProvisional, origin }: FactObservation) {
  return {
    kind,
    id: key,
    from: formatInstant(origin.fromMs),
    to: formatInstant(origin.toMs),
    at: formatInstant(atMs),
    dims,
    measures,
    interactions: JSON.parse(origin.interactions) as object,
    status: isProvisional ? 'provisional' : 'final',
  };
}

const interactionKey = ({ source, id }: { readonly source: string; readonly id: string }) =>
  rowKey(source, id);
const factKey = ({ kind, id }: { readonly kind: string; readonly id: string }) => rowKey(kind, id);

function byKey<Item extends object>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  rowOf: (item: Item) => Row = (item) => item,
): Table {
  return new Map(items.map((item) => [keyOf(item), rowOf(item)]));
}
