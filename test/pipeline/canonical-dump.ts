import { canonicalJson } from '#kernel';
import type { MemoryPipeline } from './memory-pipeline.js';

/**
 * Everything that must be the same whatever the arrival: people, owners, timelines, facts, buckets; public profile ids in
 * place of internal keys, without revisions, causes, write times and the order of decisions.
 */
export function canonicalDump({ people, journey, measured }: MemoryPipeline): readonly string[] {
  const profileId = (key: number | string | null): string =>
    people.profileRows.get(Number(key))?.profileId ?? '';
  const lines = [
    ...[...people.identifierRows.values()]
      .filter(({ first }) => first !== null)
      .map(({ type, value, first, standing, profileKey }) =>
        line('identifier', { type, value, first, standing, profile: profileId(profileKey) }),
      ),
    ...[...people.filingRows.values()]
      .filter(({ total }) => total > 0)
      .map(({ filing, owner, anchor, count, total, profileKey }) =>
        line('filing', { filing, owner, anchor, count, total, profile: profileId(profileKey) }),
      ),
    ...people.decisionRows.map(({ code, subject, rivals }) =>
      line('decision', { code, subject, rivals: [...rivals].sort() }),
    ),
    ...[...journey.archive.rows.values()].map(
      ({ source, id, version, withdrawn, occurredAt, profileKey }) =>
        line('timeline', {
          source,
          id,
          version,
          withdrawn,
          occurredAt,
          profile: profileId(profileKey),
        }),
    ),
    ...journey.facts
      .current()
      .map(({ profileKey, ...fact }) => line('fact', { ...fact, profile: profileId(profileKey) })),
    ...measured.buckets().map(({ tally, bins, ...bucket }) =>
      line('bucket', {
        ...bucket,
        ...tally,
        numerator: String(tally.numerator),
        squares: String(tally.squares),
        bins: [...bins].sort(([a], [b]) => a - b),
      }),
    ),
  ];
  return lines.sort();
}

const line = (table: string, row: object): string => `${table} ${canonicalJson(row)}`;
