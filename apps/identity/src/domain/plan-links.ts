/**
 * What a changed unit does to links and to first seen. Evidence that got stronger is taken over at once; evidence that got
 * weaker (a new version, a second value of a type, a conversation gone wide) may have other support: that has to be read.
 */
import { erasureOf } from '#contracts';
import { isRemains } from './erasure.js';
import { compareEvidence, cover, sameSpan } from './evidence.js';
import type { Span } from './evidence.js';
import { linksOfUnit } from './links.js';
import type { FilingEvidence } from './links.js';
import type { CompiledRules } from './rules.js';

export interface SpanChanges {
  readonly stronger: Map<string, Span>;
  readonly weaker: Set<string>;
}

export interface EvidenceChanges {
  readonly links: SpanChanges;
  readonly seen: SpanChanges;
}

export function noChanges(): EvidenceChanges {
  return {
    links: { stronger: new Map(), weaker: new Set() },
    seen: { stronger: new Map(), weaker: new Set() },
  };
}

export interface UnitChange {
  readonly before: readonly FilingEvidence[];
  readonly after: readonly FilingEvidence[];
}

export function collectChanges(
  unit: UnitChange,
  rules: CompiledRules,
  changes: EvidenceChanges,
): void {
  const [before, after] = [linksOfUnit(unit.before, rules), linksOfUnit(unit.after, rules)];
  compareSpans(before.links, after.links, changes.links);
  compareSpans(seenIn(unit.before), seenIn(unit.after), changes.seen);
}

/** Earliest and latest evidence of each identifier. What remains of the erased shows nobody but ghosts. */
export function seenIn(filings: readonly FilingEvidence[]): Map<string, Span> {
  const seen = new Map<string, Span>();
  for (const { filing, members, span } of filings) {
    const counting = isRemains(filing) ? members.filter((member) => erasureOf(member)) : members;
    for (const { name } of counting) seen.set(name, cover(seen.get(name), span));
  }
  return seen;
}

function compareSpans(
  before: ReadonlyMap<string, Span>,
  after: ReadonlyMap<string, Span>,
  changes: SpanChanges,
): void {
  for (const [key, span] of after) {
    const old = before.get(key);
    if (old && sameSpan(old, span)) continue;
    if (old && isWeaker(old, span)) changes.weaker.add(key);
    else changes.stronger.set(key, cover(changes.stronger.get(key), span));
  }
  for (const key of before.keys()) if (!after.has(key)) changes.weaker.add(key);
}

function isWeaker(old: Span, span: Span): boolean {
  return compareEvidence(span.first, old.first) > 0 || compareEvidence(span.last, old.last) < 0;
}
