/**
 * Joins that need no solve. A connected set of identifiers, cut at closed ones, that keeps every `perProfile` and that no call
 * names is one person: in a solve no claimants would ever be too many. So whatever only adds to such profiles, or joins them,
 * is settled from their counts and roots, however many identifiers they hold.
 * What is shared stays shared when a claimant grows (its claimants fit each other even less), but its decision names the root
 * of each: beside a border the root has to stay, and two borders might be one and open.
 */
import { compareNodes } from './identifier.js';
import type { Node } from './identifier.js';
import type { CompiledRules } from './rules.js';
import type { ProfileRow, TypeCounts } from './state.js';

/** Names that a change links to each other, directly or through a profile that holds them. */
export interface Cluster {
  readonly names: readonly string[];
  readonly keys: readonly number[];
}

export function clustersOf(
  names: Iterable<string>,
  links: Iterable<readonly [string, string]>,
  keyOf: (name: string) => number | null,
): Cluster[] {
  const clusters = new Map<string | number, { names: Set<string>; keys: Set<number> }>();
  const clusterOf = (name: string): { names: Set<string>; keys: Set<number> } => {
    const key = keyOf(name);
    const known = clusters.get(name) ?? (key === null ? undefined : clusters.get(key));
    const cluster = known ?? { names: new Set(), keys: new Set() };
    clusters.set(name, cluster);
    cluster.names.add(name);
    if (key === null) return cluster;
    clusters.set(key, cluster);
    cluster.keys.add(key);
    return cluster;
  };
  for (const name of names) clusterOf(name);
  for (const [a, b] of links) {
    const [one, other] = [clusterOf(a), clusterOf(b)];
    if (one === other) continue;
    const [into, from] = one.names.size >= other.names.size ? [one, other] : [other, one];
    for (const name of from.names) clusters.set(name, into).get(name)?.names.add(name);
    for (const key of from.keys) clusters.set(key, into).get(key)?.keys.add(key);
  }
  return [...new Set(clusters.values())].map((cluster) => ({
    names: [...cluster.names],
    keys: [...cluster.keys],
  }));
}

export interface Join {
  /** The key that is kept; undefined = a new profile. */
  readonly key: number | undefined;
  /** Keys of the smaller sides. */
  readonly leaving: readonly number[];
  readonly profileId: string;
  readonly counts: TypeCounts;
  readonly surroundings: 'plain' | 'bordered';
}

export interface Joining {
  readonly profiles: readonly ProfileRow[];
  /** Identifiers that no profile holds yet. */
  readonly unheld: readonly Node[];
  /** Whatever may become the root: the profiles' roots and all that changed. */
  readonly candidates: readonly Node[];
}

/** `undefined`: only a solve can tell. */
export function planJoin(joining: Joining, rules: CompiledRules): Join | undefined {
  const { profiles, unheld, candidates } = joining;
  if (profiles.some((profile) => profile.isGone || profile.surroundings === 'entangled')) return;
  const counts = addCounts(
    ...profiles.map((profile) => profile.counts),
    ...unheld.map(({ type }) => ({ [type]: 1 })),
  );
  if (!isWithinLimits(counts, rules)) return;
  const [root] = [...candidates].sort((a, b) => compareNodes(a, b, rules));
  if (!root) return;
  const bordered = profiles.filter((profile) => profile.surroundings === 'bordered');
  const [only] = bordered;
  if (bordered.length > 1 || (only && only.profileId !== root.name)) return;
  const [kept, ...leaving] = [...profiles].sort(
    (a, b) => b.filings - a.filings || a.profileKey - b.profileKey,
  );
  return {
    key: kept?.profileKey,
    leaving: leaving.map((profile) => profile.profileKey),
    profileId: root.name,
    counts,
    surroundings: only ? 'bordered' : 'plain',
  };
}

export function addCounts(...parts: readonly TypeCounts[]): TypeCounts {
  const sums = new Map<string, number>();
  for (const part of parts) {
    for (const [type, count] of Object.entries(part)) sums.set(type, (sums.get(type) ?? 0) + count);
  }
  return Object.fromEntries([...sums].sort());
}

export function countTypes(types: Iterable<string>): TypeCounts {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries([...counts].sort());
}

export function sameCounts(a: TypeCounts, b: TypeCounts): boolean {
  const [one, other] = [Object.entries(a), Object.entries(b)];
  return one.length === other.length && one.every(([type, count]) => b[type] === count);
}

function isWithinLimits(counts: TypeCounts, rules: CompiledRules): boolean {
  return Object.entries(counts).every(([type, count]) => {
    const strength = rules.strengthOf(type);
    return strength !== undefined && count <= strength.perProfile;
  });
}
