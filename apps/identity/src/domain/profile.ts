/**
 * What a profile tells about its person: traits and consents. They belong to the interaction that brought them and follow
 * its filing. Per trait the newest by (occurredAt, source, id); per purpose the newest consent; a withdrawal on a shared
 * identifier restricts every claimant until a later grant. `segment` traits keep their history.
 */
import { compareText } from '#kernel';
import { compareEvidence } from './evidence.js';
import type { TraitRow } from './state.js';

const SEGMENTS_MAX = 100;
const TRAITS_MAX = 200;

export interface TraitInput {
  readonly kind: 'trait' | 'consent';
  readonly name: string;
  /** JSON text. */
  readonly value: string;
}

/** Reads the data of a profile record; anything of an unexpected shape brings nothing. */
export function traitsOf(type: string, data: unknown): readonly TraitInput[] {
  if (typeof data !== 'object' || data === null) return [];
  if (type === 'profile.identified' && 'traits' in data) {
    const { traits } = data;
    if (typeof traits !== 'object' || traits === null || Array.isArray(traits)) return [];
    return Object.entries(traits)
      .filter(([, value]) => value !== undefined && value !== null)
      .slice(0, TRAITS_MAX)
      .map(([name, value]) => ({ kind: 'trait', name, value: JSON.stringify(value) }));
  }
  if (type === 'consent.changed' && 'purpose' in data && 'granted' in data) {
    const { purpose, granted } = data;
    if (typeof purpose !== 'string' || typeof granted !== 'boolean') return [];
    return [{ kind: 'consent', name: purpose, value: JSON.stringify(granted) }];
  }
  return [];
}

export interface Character {
  readonly traits: Readonly<
    Record<string, { value: unknown; at: string; source: string; id: string }>
  >;
  readonly consents: Readonly<Record<string, { granted: boolean; at: string }>>;
  readonly segments: readonly { value: string; at: string }[];
}

/** `shared`: consents brought on shared identifiers that the profile claims; only withdrawals count. */
export function characterOf(rows: readonly TraitRow[], shared: readonly TraitRow[]): Character {
  const restrictions = shared.filter((row) => row.kind === 'consent' && row.value === 'false');
  const ordered = [...rows, ...restrictions].sort(compareEvidence);
  const traits = new Map<string, Character['traits'][string]>();
  const consents = new Map<string, { granted: boolean; at: string }>();
  const segments: { value: string; at: string }[] = [];
  for (const row of ordered) {
    const at = new Date(row.at).toISOString();
    const value: unknown = JSON.parse(row.value);
    if (row.kind === 'consent') {
      consents.set(row.name, { granted: value === true, at });
      continue;
    }
    traits.set(row.name, { value, at, source: row.source, id: row.id });
    if (row.name === 'segment' && typeof value === 'string') segments.push({ value, at });
  }
  return {
    traits: sorted(traits),
    consents: sorted(consents),
    segments: segments.slice(-SEGMENTS_MAX),
  };
}

/** `__proto__` as a name stays a name. */
function sorted<Value>(entries: ReadonlyMap<string, Value>): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compareText(a, b)));
}
