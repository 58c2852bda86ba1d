/**
 * Links of one unit (a conversation, or the interactions that share one identifier set).
 * - Every pair that one interaction carries is linked.
 * - Across a conversation, an identifier is also linked to every stronger one that is the only one of its type there:
 *   a ticket with three colleagues does not make one person (`several-customers`). Its evidence is the conversation's.
 * - A conversation with more identifiers than `conversationLimit` is none (`wide-conversation`): no links across.
 * Pure and total: the links of a unit follow from its filings' spans.
 */
import type { Identifier } from '#contracts';
import { cover } from './evidence.js';
import type { Span } from './evidence.js';
import { groupBy } from './group-by.js';
import type { CompiledRules } from './rules.js';

export interface Member extends Identifier {
  readonly name: string;
}

/** One distinct identifier set of a unit, with the span of the interactions that carry it. */
export interface FilingEvidence {
  readonly filing: string;
  readonly members: readonly Member[];
  readonly span: Span;
}

export type UnitNote = 'several-customers' | 'wide-conversation';

export interface UnitLinks {
  readonly links: ReadonlyMap<string, Span>;
  readonly note: UnitNote | null;
}

/** Names a pair; the smaller name first. */
export function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

export function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf(' ');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** `filings`: those of one unit that have evidence. */
export function linksOfUnit(filings: readonly FilingEvidence[], rules: CompiledRules): UnitLinks {
  const links = new Map<string, Span>();
  for (const filing of filings) linkWithin(filing, links);
  if (filings.length < 2) return { links, note: null };
  const members = new Map<string, Member>();
  for (const filing of filings)
    for (const member of filing.members) members.set(member.name, member);
  if (members.size > rules.rules.conversationLimit) return { links, note: 'wide-conversation' };
  const whole = filings.reduce<Span | undefined>(
    (span, filing) => cover(span, filing.span),
    undefined,
  );
  if (!whole) return { links, note: null };
  const hasSeveral = linkAcross([...members.values()], { links, whole, rules });
  return { links, note: hasSeveral ? 'several-customers' : null };
}

/** Also by one interaction alone, where the limit is low: those withdrawn beside it are not its owner's then. */
export function isWide(filings: readonly FilingEvidence[], rules: CompiledRules): boolean {
  const names = new Set(filings.flatMap((filing) => filing.members.map((member) => member.name)));
  return names.size > rules.rules.conversationLimit;
}

function linkWithin(filing: FilingEvidence, links: Map<string, Span>): void {
  const { members, span } = filing;
  for (const [index, a] of members.entries()) {
    for (const b of members.slice(index + 1)) {
      const pair = pairKey(a.name, b.name);
      links.set(pair, cover(links.get(pair), span));
    }
  }
}

/** Returns whether a link was left out because there are several of a type with a limit. */
function linkAcross(
  members: readonly Member[],
  unit: { readonly links: Map<string, Span>; readonly whole: Span; readonly rules: CompiledRules },
): boolean {
  const { links, whole, rules } = unit;
  const within = new Set(links.keys());
  let hasSeveral = false;
  for (const [type, ofType] of groupBy(members, (member) => member.type)) {
    const { level, perProfile } = rules.strength(type);
    const weaker = members.filter((member) => rules.strength(member.type).level > level);
    const [only] = ofType;
    if (ofType.length === 1 && only) {
      for (const member of weaker) {
        const pair = pairKey(only.name, member.name);
        links.set(pair, cover(links.get(pair), whole));
      }
    } else if (perProfile !== Infinity) {
      hasSeveral ||= weaker.some((member) =>
        ofType.some((strong) => !within.has(pairKey(strong.name, member.name))),
      );
    }
  }
  return hasSeveral;
}
