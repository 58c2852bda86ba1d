/** The segment of a fact: its profile's newest `segment` trait that was told at or before the fact's `at`. */
import { parseInstant } from '#contracts';
import type { Entry, FactRow } from './fact.js';

/** As `profile.changed` carries them: the newest of a profile. */
const SEGMENTS_MAX = 100;
/** Members of `traits` that are read. */
const TRAITS_MAX = 200;

export function withSegments(facts: readonly FactRow[], entries: readonly Entry[]): FactRow[] {
  const told = new Map<string, { at: number; value: string }[]>();
  for (const { interaction, at, profileId } of entries) {
    const value = segmentIn(interaction.type, interaction.data['traits']);
    if (value === undefined) continue;
    told.set(profileId, [...(told.get(profileId) ?? []), { at, value }].slice(-SEGMENTS_MAX));
  }
  return facts.map((fact) => {
    const at = parseInstant(fact.at) ?? 0;
    const { value } = told.get(fact.profileId)?.findLast((change) => change.at <= at) ?? {};
    return value ? { ...fact, dims: { ...fact.dims, segment: value } } : fact;
  });
}

function segmentIn(type: string, traits: unknown): string | undefined {
  if (type !== 'profile.identified' || typeof traits !== 'object') return undefined;
  if (traits === null || Array.isArray(traits)) return undefined;
  const read = Object.entries(traits)
    .filter(([, value]) => value !== undefined && value !== null)
    .slice(0, TRAITS_MAX);
  const segment: unknown = read.find(([name]) => name === 'segment')?.[1];
  return typeof segment === 'string' ? segment : undefined;
}
