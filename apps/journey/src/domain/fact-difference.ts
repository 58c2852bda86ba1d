/**
 * What a batch changes: the facts derived now against the facts stored, each once, as new, changed or gone, with the strongest
 * cause that touched it. Equal content is no difference, so nothing is published for it. A fact that moves between
 * profiles is a change of one fact, not an end and a beginning.
 */
import type { Cause } from '#contracts';
import { compareText } from '#kernel';
import { isSameFact, type DerivedFact } from './derived-fact.js';

export interface Reason {
  readonly cause: Cause;
  /** What caused it: `source/id` of an interaction, a filing, a deadline. */
  readonly ref: string;
}

export type FactChange =
  | { readonly kind: 'new' | 'changed'; readonly fact: DerivedFact; readonly reason: Reason }
  | { readonly kind: 'gone'; readonly fact: DerivedFact; readonly reason: Reason };

/** From strongest to weakest: a batch that withdraws and appends says withdrawal. */
const STRENGTH: readonly Cause[] = [
  'erasure',
  'retention',
  'restore',
  'rules',
  'withdrawal',
  'update',
  'unmerge',
  'merge',
  'late',
  'new',
  'deadline',
];

export function strongerReason(a: Reason | undefined, b: Reason): Reason {
  if (a === undefined) return b;
  const order = STRENGTH.indexOf(a.cause) - STRENGTH.indexOf(b.cause);
  if (order !== 0) return order < 0 ? a : b;
  return a;
}

export type FactsById = ReadonlyMap<string, DerivedFact>;

/** In order of fact id. `stored`: every stored fact that this batch derived again; `reason` of each that was touched. */
export function factDifferences(
  stored: FactsById,
  derived: FactsById,
  reason: (fact: DerivedFact) => Reason,
): FactChange[] {
  const changes: FactChange[] = [];
  for (const [id, fact] of derived) {
    const before = stored.get(id);
    if (before === undefined) changes.push({ kind: 'new', fact, reason: reason(fact) });
    else if (!isSameFact(before, fact))
      changes.push({ kind: 'changed', fact, reason: reason(fact) });
  }
  for (const [id, fact] of stored) {
    if (!derived.has(id)) changes.push({ kind: 'gone', fact, reason: reason(fact) });
  }
  return changes.sort((a, b) => compareText(a.fact.id, b.fact.id));
}
