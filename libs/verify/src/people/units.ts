/**
 * Filings and units. An interaction is filed by its set of identifiers, inside its conversation when it has one; the filings
 * of a conversation are one unit, any other filing is a unit by itself. A conversation whose counting interactions carry more
 * identifiers than the limit is none: each of its filings stands alone.
 */
import { isPlaceholder, type Identifier } from '#contracts';
import { compareText, stableHash } from '#kernel';
import type { Archive } from '../archive.js';
import { compareSeen, type Seen } from '../seen.js';
import { usableIdentifiers } from './strength.js';

export interface Member {
  readonly seen: Seen;
  readonly identifiers: readonly Identifier[];
  readonly filing: string;
}

export interface Unit {
  readonly name: string;
  readonly isConversation: boolean;
  readonly isWide: boolean;
  readonly members: readonly Member[];
  /** Those that count, in the one order. */
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
  return [...units].map(([name, { isConversation, members }]) => {
    const live = members
      .filter(({ seen }) => !seen.isWithdrawn)
      .sort((a, b) => compareSeen(a.seen, b.seen));
    const carried = new Set(live.flatMap(({ identifiers }) => identifiers.map(identifierKey)));
    const isWide = isConversation && carried.size > archive.rules.conversationLimit;
    return { name, isConversation, isWide, members, live };
  });
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
