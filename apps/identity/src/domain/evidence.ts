/**
 * Evidence: where and when something about identifiers was seen. Every comparison of evidence uses one total order,
 * (occurredAt, source, id), so that nothing depends on the order of arrival.
 *
 * One record counts per (source, id): the highest version; among equal versions the earliest `occurredAt`, then the
 * smallest content hash. A replaced version leaves no evidence, a withdrawn one neither.
 *
 * Evidence is kept per filing (a conversation's or single interactions' distinct identifier set): its span is all that
 * links, first seen and owners are computed from, so a repeated visit of a known visitor changes nothing.
 */
import { compareText, stableHash } from '#kernel';
import type { Identifier } from '#contracts';
import type { CompiledRules } from './rules.js';

export interface Evidence {
  /** `occurredAt`, ms. */
  readonly at: number;
  readonly source: string;
  readonly id: string;
}

/** Earliest and latest evidence of one thing. */
export interface Span {
  readonly first: Evidence;
  readonly last: Evidence;
}

export interface RecordVersion {
  readonly version: number;
  readonly at: number;
  readonly contentHash: string;
}

export function compareEvidence(a: Evidence, b: Evidence): number {
  return a.at - b.at || compareText(a.source, b.source) || compareText(a.id, b.id);
}

/** True when `next` takes the place of `current`; an exact repeat does not. */
export function takesPlaceOf(next: RecordVersion, current: RecordVersion): boolean {
  if (next.version !== current.version) return next.version > current.version;
  if (next.at !== current.at) return next.at < current.at;
  return compareText(next.contentHash, current.contentHash) < 0;
}

export function earlier(a: Evidence, b: Evidence): Evidence {
  return compareEvidence(a, b) <= 0 ? a : b;
}

export function later(a: Evidence, b: Evidence): Evidence {
  return compareEvidence(a, b) >= 0 ? a : b;
}

/** The span that covers both; `undefined` is the span of nothing. */
export function cover(a: Span | undefined, b: Span): Span {
  return a ? { first: earlier(a.first, b.first), last: later(a.last, b.last) } : b;
}

export function sameSpan(a: Span | undefined, b: Span | undefined): boolean {
  if (!a || !b) return a === b;
  return compareEvidence(a.first, b.first) === 0 && compareEvidence(a.last, b.last) === 0;
}

export interface FilingName {
  readonly filing: string;
  /** The conversation, or the filing itself for interactions without one. */
  readonly unit: string;
}

/**
 * `identifiers` are the usable ones, in any order. Inside a conversation a filing is one distinct identifier set: a
 * conversation that turns out wide is taken apart without asking anybody for its interactions again.
 */
export function nameFiling(
  interaction: {
    readonly tenant: string;
    readonly source: string;
    readonly id: string;
    readonly conversation: string | undefined;
    readonly identifiers: readonly Identifier[];
  },
  rules: CompiledRules,
): FilingName {
  const { tenant, source, id, conversation, identifiers } = interaction;
  if (conversation !== undefined) {
    const unit = `c:${stableHash(tenant, rules.nameSpaceOf(source), conversation)}`;
    return { unit, filing: identifiers.length === 0 ? unit : nameSetIn(unit, identifiers) };
  }
  const filing =
    identifiers.length > 0
      ? `s:${stableHash(tenant, ...inOrder(identifiers))}`
      : `i:${stableHash(tenant, source, id)}`;
  return { unit: filing, filing };
}

/** The same place with other identifiers; at least one. */
export function renameFiling(
  { tenant, unit }: { readonly tenant: string; readonly unit: string },
  identifiers: readonly Identifier[],
): FilingName {
  if (isConversation(unit)) return { unit, filing: nameSetIn(unit, identifiers) };
  const filing = `s:${stableHash(tenant, ...inOrder(identifiers))}`;
  return { unit: filing, filing };
}

function nameSetIn(unit: string, identifiers: readonly Identifier[]): string {
  return `c:${stableHash(unit, ...inOrder(identifiers))}`;
}

function inOrder(identifiers: readonly Identifier[]): string[] {
  return [...identifiers]
    .sort((a, b) => compareText(a.type, b.type) || compareText(a.value, b.value))
    .flatMap(({ type, value }) => [type, value]);
}

export function isConversation(unit: string): boolean {
  return unit.startsWith('c:');
}
