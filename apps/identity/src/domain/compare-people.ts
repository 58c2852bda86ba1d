/**
 * What other rules would do to people: two partitions of the same identifiers compared. A profile counts as joined when its
 * members come from several, as split when its members go to several; what is moved from one to another is both.
 */
import { compareText } from '#kernel';
import { groupBy } from './group-by.js';
import { splitPair } from './links.js';
import type { People } from './resolve-from-scratch.js';

const SAMPLE_MAX = 20;

export interface Sample {
  readonly count: number;
  /** The largest first. */
  readonly sample: readonly { readonly profileId: string; readonly others: readonly string[] }[];
}

export interface PeopleDifference {
  readonly profilesBefore: number;
  readonly profilesAfter: number;
  /** Profiles after, with those before that they are made of. */
  readonly joined: Sample;
  /** Profiles before, with those after that they end in. */
  readonly split: Sample;
  /** Identifiers that would be in no profile any more, by the new rules none. */
  readonly dropped: number;
  readonly largestProfiles: readonly { readonly profileId: string; readonly identifiers: number }[];
  /** Identifiers that are solved together: connected, cut at what is closed. */
  readonly largestRegions: readonly number[];
}

/** `before`: identifier name → profile id. */
export function comparePeople(
  before: ReadonlyMap<string, string>,
  after: People,
): PeopleDifference {
  const now = new Map(
    after.profiles.flatMap(({ root, members }) => members.map((name) => [name, root] as const)),
  );
  const kept = [...before].flatMap(([name, from]): [string, string][] => {
    const to = now.get(name);
    return to === undefined ? [] : [[from, to]];
  });
  return {
    profilesBefore: new Set(before.values()).size,
    profilesAfter: after.profiles.length,
    joined: several(kept.map(([from, to]) => [to, from])),
    split: several(kept),
    dropped: before.size - kept.length,
    largestProfiles: [...after.profiles]
      .sort((a, b) => b.members.length - a.members.length || compareText(a.root, b.root))
      .slice(0, SAMPLE_MAX)
      .map(({ root, members }) => ({ profileId: root, identifiers: members.length })),
    largestRegions: regionSizes(after).slice(0, SAMPLE_MAX),
  };
}

function several(pairs: readonly (readonly [string, string])[]): Sample {
  const found = [...groupBy(pairs, ([one]) => one)]
    .map(([profileId, ofOne]) => {
      const others = [...new Set(ofOne.map(([, other]) => other))].sort(compareText);
      return { profileId, others };
    })
    .filter(({ others }) => others.length > 1)
    .sort((a, b) => b.others.length - a.others.length || compareText(a.profileId, b.profileId));
  const sample = found.slice(0, SAMPLE_MAX).map(({ profileId, others }) => ({
    profileId,
    others: others.slice(0, SAMPLE_MAX),
  }));
  return { count: found.length, sample };
}

/** Sizes of the connected components of the links between identifiers that are not closed; the largest first. */
function regionSizes({ firstSeen, links, standings }: People): number[] {
  const isOpen = (name: string): boolean => !['shared', 'hub'].includes(standings.get(name) ?? '');
  const parent = new Map([...firstSeen.keys()].filter(isOpen).map((name) => [name, name]));
  const find = (name: string): string => {
    let root = name;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) {
      parent.set(root, parent.get(up) ?? up);
      root = up;
    }
    return root;
  };
  for (const pair of links.keys()) {
    const [a, b] = splitPair(pair);
    if (parent.has(a) && parent.has(b)) parent.set(find(a), find(b));
  }
  const sizes = new Map<string, number>();
  for (const name of parent.keys()) sizes.set(find(name), (sizes.get(find(name)) ?? 0) + 1);
  return [...sizes.values()].sort((a, b) => b - a);
}
