/**
 * Filings and units. An interaction is filed by its set of identifiers, inside its conversation when it has one; the filings
 * of a conversation are one unit, any other filing is a unit by itself. A conversation whose counting interactions carry more
 * identifiers than the limit is none: each of its filings stands alone.
 */
import { isPlaceholder, type Identifier } from '#contracts';
import { compareText, stableHash } from '#kernel';
import type { Archive } from '../archive.js';
import { compareSeen, type Seen } from '../seen.js';
import { remainsIn } from './remains.js';
import { usableIdentifiers } from './strength.js';

export interface Member {
  readonly seen: Seen;
  readonly identifiers: readonly Identifier[];
  readonly filing: string;
  /** Of somebody erased: it shows nobody but ghosts, and is filed under nobody. */
  readonly isRemains?: true;
}

export interface Unit {
  readonly name: string;
  readonly isConversation: boolean;
  readonly isWide: boolean;
  readonly members: readonly Member[];
  /** Those that count, in the one order; remains among them. */
  readonly live: readonly Member[];
}

export const identifierKey = ({ type, value }: Identifier): string => JSON.stringify([type, value]);

export function unitsOf(archive: Archive, seen: readonly Seen[]): Unit[] {
  const units = new Map<string, { isConversation: boolean; members: Member[] }>();
  for (const each of seen) {
    const { unit, isConversation, member } = filed(archive, each);
    const known = units.get(unit) ?? { isConversation, members: [] };
    known.members.push(member);
    units.set(unit, known);
  }
  const left = new Map<string, Member[]>();
  const carried = [...units.values()].flatMap(({ members }) =>
    members.flatMap(({ identifiers }) => identifiers),
  );
  for (const { unit, identifiers, sights } of remainsIn(archive, carried)) {
    const members = sights.map((each) => remainsAt(each, identifiers));
    left.set(unit, [...(left.get(unit) ?? []), ...members]);
    if (!units.has(unit)) units.set(unit, { isConversation: true, members: [] });
  }
  return [...units].map(([name, { isConversation, members }]) => {
    const live = [...members, ...(left.get(name) ?? [])]
      .filter(({ seen }) => !seen.isWithdrawn)
      .sort((a, b) => compareSeen(a.seen, b.seen));
    const carried = new Set(live.flatMap(({ identifiers }) => identifiers.map(identifierKey)));
    const isWide = isConversation && carried.size > archive.rules.conversationLimit;
    return { name, isConversation, isWide, members, live };
  });
}

function remainsAt(seen: Seen, identifiers: readonly Identifier[]): Member {
  return { seen, identifiers, filing: '', isRemains: true };
}

function filed(
  { tenant, rules }: Archive,
  seen: Seen,
): { unit: string; isConversation: boolean; member: Member } {
  const { source, id, conversation } = seen.interaction;
  const identifiers = usableIdentifiers(rules, seen.interaction.identifiers);
  const texts = [...identifiers]
    .sort((a, b) => compareText(a.type, b.type) || compareText(a.value, b.value))
    .flatMap(({ type, value }) => [type, value]);
  if (conversation === undefined || isPlaceholder(conversation)) {
    const isBare = texts.length === 0;
    const filing = isBare
      ? `i:${stableHash(tenant, source, id)}`
      : `s:${stableHash(tenant, ...texts)}`;
    return { unit: filing, isConversation: false, member: { seen, identifiers, filing } };
  }
  const space = rules.conversationSpaces[source];
  const spaceName = space === undefined ? `source:${source}` : `space:${space}`;
  const unit = `c:${stableHash(tenant, spaceName, conversation)}`;
  const filing = texts.length === 0 ? unit : `c:${stableHash(unit, ...texts)}`;
  return { unit, isConversation: true, member: { seen, identifiers, filing } };
}
