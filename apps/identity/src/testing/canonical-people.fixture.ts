/** One form for the oracle's people and for a store's, so that they can be compared. */
import { erasureOf } from '#contracts';
import type { Decision } from '../domain/decision.js';
import { compareDecisions } from '../domain/decision.js';
import type { ProfileChanged } from '#contracts';
import type { Call } from '../domain/call.js';
import { countTypes, sameCounts } from '../domain/plan-joins.js';
import { isRemains } from '../domain/erasure.js';
import { groupBy } from '../domain/group-by.js';
import { splitPair } from '../domain/links.js';
import { compareEvidence, earlier } from '../domain/evidence.js';
import type { Evidence } from '../domain/evidence.js';
import type { People } from '../domain/resolve-from-scratch.js';
import type { FilingRow, IdentifierRow, LinkRow, ProfileRow } from '../domain/state.js';

export interface StoredPeople {
  readonly filings: Iterable<FilingRow>;
  readonly identifiers: Iterable<IdentifierRow>;
  readonly links: Iterable<LinkRow>;
  readonly profiles: Iterable<ProfileRow>;
  readonly decisions: readonly Decision[];
}

const bySelf = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Ghosts are held by nobody; what they are first seen by, and what they forbid, is compared. */
export function canonicalPeople(people: People): object {
  const firsts = [...people.firstSeen.values()].map((node) => [node.name, node.first]);
  return {
    profiles: people.profiles
      .filter(({ root }) => !erasureOf(people.firstSeen.get(root) ?? { value: '' }))
      .map(({ root, standing, members }) => [root, standing, [...members].sort(bySelf)]),
    firsts: Object.fromEntries(firsts),
    owners: Object.fromEntries(people.owners),
    links: Object.fromEntries([...people.links].map(([pair, span]) => [pair, span.first])),
    decisions: people.decisions,
  };
}

export function canonicalStore(stored: StoredPeople): object {
  const profiles = new Map([...stored.profiles].map((row) => [row.profileKey, row]));
  const members = new Map<string, { standing: string; names: string[] }>();
  const firsts: [string, unknown][] = [];
  for (const row of stored.identifiers) {
    if (row.first === null) continue;
    firsts.push([row.name, row.first]);
    if (erasureOf(row)) continue;
    const profile = row.profileKey === null ? undefined : profiles.get(row.profileKey);
    const id = !profile || profile.isGone ? `dangling ${row.name}` : profile.profileId;
    const entry = members.get(id) ?? { standing: row.standing ?? 'none', names: [] };
    entry.names.push(row.name);
    members.set(id, entry);
  }
  const inUse = [...stored.filings].filter((row) => row.total > 0);
  return {
    profiles: [...members]
      .sort(([a], [b]) => bySelf(a, b))
      .map(([root, { standing, names }]) => [root, standing, names.sort(bySelf)]),
    firsts: Object.fromEntries(firsts),
    owners: Object.fromEntries(inUse.map((row) => [row.filing, row.owner])),
    links: Object.fromEntries([...stored.links].map((row) => [row.pair, row.span.first])),
    decisions: stored.decisions
      .map(({ code, subject, rivals, evidence }) => ({ code, subject, rivals, evidence }))
      .sort(compareDecisions),
  };
}

/** Filings hang on the profile of their owner, on a living one of their own when they have none. */
export function misfiled(stored: StoredPeople): readonly string[] {
  const profiles = new Map([...stored.profiles].map((row) => [row.profileKey, row]));
  const identifiers = new Map([...stored.identifiers].map((row) => [row.name, row]));
  return [...stored.filings]
    .filter((row) => row.total > 0)
    .filter((row) => {
      if (profiles.get(row.profileKey)?.isGone !== false) return true;
      return row.owner !== null && identifiers.get(row.owner)?.profileKey !== row.profileKey;
    })
    .map((row) => row.filing);
}

/** Identifiers whose first sight is not that of the filings which hold them. */
export function misdated(stored: StoredPeople): readonly string[] {
  const firsts = new Map<string, Evidence>();
  const rows = new Map([...stored.identifiers].map((row) => [row.name, row]));
  for (const { filing, names, span } of stored.filings) {
    for (const name of span ? names : []) {
      if (isRemains(filing) && !erasureOf(rows.get(name) ?? { value: '' })) continue;
      const known = firsts.get(name);
      if (span) firsts.set(name, known ? earlier(known, span.first) : span.first);
    }
  }
  return [...stored.identifiers]
    .filter((row) => {
      const first = firsts.get(row.name) ?? null;
      if (!row.first || !first) return row.first !== first;
      return compareEvidence(row.first, first) !== 0;
    })
    .map((row) => row.name);
}

/** Profiles whose row says of them what is not so: what they hold, how many filings they have, how they lie among the links. */
export function misdescribed(stored: StoredPeople, calls: readonly Call[]): readonly object[] {
  const rows = new Map([...stored.identifiers].map((row) => [row.name, row]));
  const heldBy = groupBy(rows.values(), (row) => row.profileKey);
  const filedUnder = groupBy(stored.filings, (row) => row.profileKey);
  const neighbours = groupBy(
    [...stored.links].flatMap(({ pair }) => [splitPair(pair), [...splitPair(pair)].reverse()]),
    ([name]) => name,
  );
  const isCalled = (name: string): boolean =>
    calls.some(({ a, b }) => [a, b].includes(name) && rows.get(a)?.first && rows.get(b)?.first);
  const lieOf = ({ profileKey }: ProfileRow): ProfileRow['surroundings'] => {
    const held = heldBy.get(profileKey) ?? [];
    const outside = held
      .flatMap(({ name }) => (neighbours.get(name) ?? []).flatMap(([, other = '']) => other))
      .flatMap((other) => rows.get(other) ?? [])
      .filter((row) => row.profileKey !== profileKey && row.standing !== 'hub')
      // Named by what remains of somebody erased: claims nobody before it is seen, and then a solve tells.
      .filter((row) => row.first !== null);
    const isPerson = held.length > 0 && held.every((row) => row.standing === 'person');
    const isCut = outside.every((row) => row.isCut);
    if (!isPerson || !isCut || held.some(({ name }) => isCalled(name))) return 'entangled';
    return outside.length > 0 ? 'bordered' : 'plain';
  };
  return [...stored.profiles].flatMap((row) => {
    const counts = countTypes((heldBy.get(row.profileKey) ?? []).map(({ type }) => type));
    const filings = (filedUnder.get(row.profileKey) ?? []).length;
    const lie = lieOf(row);
    const isTrue = sameCounts(row.counts, counts) && row.filings === filings;
    // Entangled is always safe to say: it only costs a solve.
    const isSafe = row.isGone || row.surroundings === 'entangled' || row.surroundings === lie;
    return isTrue && isSafe ? [] : [{ row, counts, filings, lie }];
  });
}

/** Profiles whose last `profile.changed` is not what is stored: `told` by profile key, undefined = tombstone. */
export function mistold(
  stored: StoredPeople,
  told: ReadonlyMap<string, ProfileChanged | undefined>,
): readonly object[] {
  const heldBy = groupBy(stored.identifiers, (row) => row.profileKey);
  return [...stored.profiles].flatMap((row) => {
    const last = told.get(String(row.profileKey));
    const held = (heldBy.get(row.profileKey) ?? [])
      .map(({ type, value, standing, first }) =>
        JSON.stringify([type, value, standing, new Date(first?.at ?? 0).toISOString()]),
      )
      .sort();
    const said = (last?.identifiers ?? [])
      .map((one) => JSON.stringify([one.type, one.value, one.standing, one.firstSeen]))
      .sort();
    const isTrue = row.isGone
      ? last === undefined
      : last?.profileId === row.profileId && last.identifierCount === held.length;
    return isTrue && held.join() === said.join() ? [] : [{ row, held, said }];
  });
}
