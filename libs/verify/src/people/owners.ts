/**
 * Whose each filing is. One rule for a conversation and for a single interaction: among its identifiers a person's before an
 * overflow one before a closed one; then the strongest; then the first seen in this unit; then type and value. Nobody's: the
 * unit is a profile of its own.
 */
import { erasureOf } from '#contracts';
import { compareText, keyedHash } from '#kernel';
import type { Archive } from '../archive.js';
import { compareSeen, type Seen } from '../seen.js';
import { identifierName } from './identifier-name.js';
import type { Solved } from './solve.js';
import { ruleOf } from './strength.js';
import { identifierKey, type Member, type Unit } from './units.js';

export interface Filed {
  readonly filing: string;
  readonly anchor: string;
  readonly profileId: string;
}

/** Every filing of the unit that holds an interaction, withdrawn ones too. */
export function filingsOf(unit: Unit, solved: Solved, archive: Archive): Filed[] {
  const filings = new Map<string, Member[]>();
  for (const member of unit.members)
    filings.set(member.filing, [...(filings.get(member.filing) ?? []), member]);
  return [...filings].map(([filing, members]) => {
    const owner = ownerAmong(unit.isWide ? members : unit.members, solved, archive);
    if (owner !== undefined) {
      const root = solved.rootOf(identifierKey(owner)) ?? owner;
      const anchor = `${owner.type}:${owner.value}`;
      return { filing, anchor, profileId: identifierName(archive, root) };
    }
    const { secret, tenant } = archive;
    const bare = unit.isWide ? filing : unit.name;
    return { filing, anchor: unit.name, profileId: keyedHash(secret, 'unit', tenant, bare) };
  });
}

interface Candidate {
  readonly type: string;
  readonly value: string;
  readonly rank: number;
  readonly level: number;
  readonly first: Seen;
}

const RANK = { person: 0, overflow: 1, shared: 2, hub: 2 } as const;

/** Candidates are those that the counting interactions carry; when none counts, those of all that are known elsewhere. */
function ownerAmong(
  members: readonly Member[],
  solved: Solved,
  { rules }: Archive,
): Candidate | undefined {
  const live = members.filter(({ seen }) => !seen.isWithdrawn);
  const candidates = (live.length > 0 ? live : members).flatMap(({ identifiers, seen }) =>
    identifiers.flatMap((identifier): Candidate[] => {
      const standing = solved.standingOf(identifierKey(identifier));
      if (standing === undefined || erasureOf(identifier) !== undefined) return [];
      const level = ruleOf(rules, identifier.type)?.level ?? Infinity;
      return [{ ...identifier, rank: RANK[standing], level, first: seen }];
    }),
  );
  const bySight = live.length > 0 ? compareSeen : () => 0;
  candidates.sort(
    (a, b) =>
      a.rank - b.rank ||
      a.level - b.level ||
      bySight(a.first, b.first) ||
      compareText(a.type, b.type) ||
      compareText(a.value, b.value),
  );
  return candidates[0];
}
