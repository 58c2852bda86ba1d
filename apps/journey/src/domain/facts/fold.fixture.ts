/** Folds one kind over a history as the engine promises to, and states what the engine relies on. */
import { expect } from '@jest/globals';
import { canonicalJson } from '#kernel';
import type { DerivedFact } from '../derived-fact.js';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../thresholds.js';
import { inOrder, type Entry } from '../timeline.js';
import type { SequentialKind, Step } from './sequential-kind.js';

/** All states of a profile share 16 KB. */
export const STATE_TEXT_MAX = 8_000;

export function foldKind<State>(
  kind: SequentialKind<State>,
  entries: readonly Entry[],
  watermark: number,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): DerivedFact[] {
  const facts = new Map<string, DerivedFact>();
  let state = kind.start;
  const step = (next: Step) => {
    const made = kind.evolve(state, next, thresholds);
    state = made.state;
    for (const fact of made.facts) facts.set(fact.id, fact);
    expect(JSON.parse(canonicalJson(state))).toEqual(state);
    expect(canonicalJson(state).length).toBeLessThan(STATE_TEXT_MAX);
    for (const open of kind.openFacts(state)) expect(facts.get(open.id)).toEqual(open);
  };
  const fire = (isDue: (at: number) => boolean) => {
    for (let at = kind.dueAt(state); at !== undefined && isDue(at); at = kind.dueAt(state)) {
      step({ kind: 'deadline', at });
      expect(kind.dueAt(state) ?? Infinity).toBeGreaterThan(at);
    }
  };
  for (const entry of inOrder(entries)) {
    fire((at) => at < entry.occurredAt);
    if (kind.takes(entry.interaction)) step({ kind: 'interaction', entry });
  }
  fire((at) => at <= watermark);
  return [...facts.values()].sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}

/** The instant up to which time is known to have passed: an interaction tells of it as the watermark does. */
export function passedUntil(entries: readonly Entry[], watermark: number): number {
  return Math.max(watermark, ...entries.map(({ occurredAt }) => occurredAt - 1));
}

/** Closed by the bound on open items, of which the oracle knows nothing: neither time nor an event of its own ended it. */
export function wasCutShort({ kind, status, finalAt, measures }: DerivedFact): boolean {
  const isEnded = measures['ordered'] === 1 || measures['answered'] === 1;
  const isBounded = ['issue', 'selfservice', 'cart', 'invitation'].includes(kind);
  return isBounded && status === 'final' && finalAt === undefined && !isEnded;
}
