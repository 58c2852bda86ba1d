/**
 * Which internal key each solved profile carries. Keys are stable: the side of a join that owns more filings keeps its key,
 * so that a move rewrites the smaller side only. Keys are no part of the people found: they are never shown or compared.
 */
export interface KeyMember {
  readonly profileKey: number | null;
  /** Filings owned. */
  readonly filings: number;
}

/** One key for each group in turn; undefined = it needs a new one. */
export function keepKeys(groups: readonly (readonly KeyMember[])[]): (number | undefined)[] {
  const weights: { readonly group: number; readonly key: number; readonly weight: number }[] = [];
  for (const [group, members] of groups.entries()) {
    const byKey = new Map<number, number>();
    for (const { profileKey, filings } of members) {
      if (profileKey !== null) byKey.set(profileKey, (byKey.get(profileKey) ?? 0) + filings);
    }
    for (const [key, weight] of byKey) weights.push({ group, key, weight });
  }
  weights.sort((a, b) => b.weight - a.weight || a.key - b.key || a.group - b.group);
  const keys: (number | undefined)[] = groups.map(() => undefined);
  const taken = new Set<number>();
  for (const { group, key } of weights) {
    if (keys[group] !== undefined || taken.has(key)) continue;
    keys[group] = key;
    taken.add(key);
  }
  return keys;
}
