/**
 * Derivation. Keyed facts come from the entries that share their key, without state. Sequential facts (sessions) come from
 * a fold `evolve(state, step) → state', facts'` over the timeline; its state is the latest session. An append continues from
 * the stored state; anything else folds the whole profile again. Both ways give the same facts (property tests against a
 * naive derivation written apart). An interaction has a part in at most one keyed fact.
 */
import { isDigital, type Interaction } from '#contracts';
import { settled } from './deadline.js';
import type { DerivedFact } from './derived-fact.js';
import { contact } from './facts/contact.js';
import type { KeyedKind } from './facts/keyed-kind.js';
import { order } from './facts/order.js';
import { extendSession } from './facts/session.js';
import { survey } from './facts/survey.js';
import { inOrder, type Entry } from './timeline.js';

const KEYED: readonly KeyedKind[] = [contact, order, survey];

/** Id of the keyed fact that an interaction has a part in. */
export function keyedFactId(interaction: Interaction): string | undefined {
  for (const kind of KEYED) {
    const id = kind.factId(interaction);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** `entries`: all live ones with this fact id, in any order. */
export function deriveKeyed(
  id: string,
  entries: readonly Entry[],
  watermark: number,
): DerivedFact | undefined {
  const ordered = inOrder(entries);
  const [first] = ordered;
  const kind = first && KEYED.find((each) => each.factId(first.interaction) === id);
  const fact = kind?.derive(id, ordered, watermark);
  return fact && settled(fact, watermark);
}

/** Has a part in sequential facts. */
export function isSequential(interaction: Interaction): boolean {
  return isDigital(interaction);
}

export interface SequentialState {
  /** The latest session, open or over. */
  readonly session?: DerivedFact;
}

export type Step =
  | { readonly kind: 'interaction'; readonly entry: Entry }
  | { readonly kind: 'deadline'; readonly at: number };

export function evolve(
  state: SequentialState,
  step: Step,
): { state: SequentialState; facts: readonly DerivedFact[] } {
  if (step.kind === 'interaction') {
    const session = extendSession(state.session, step.entry);
    return { state: { session }, facts: [session] };
  }
  if (state.session === undefined) return { state, facts: [] };
  const session = settled(state.session, step.at);
  return session === state.session
    ? { state, facts: [] }
    : { state: { session }, facts: [session] };
}

/** Folds `entries` (sequential ones, in order) and applies the deadlines up to the watermark; newest content a fact. */
export function foldSequential(
  state: SequentialState,
  entries: readonly Entry[],
  watermark: number,
): DerivedFact[] {
  const facts = new Map<string, DerivedFact>();
  let current = state;
  for (const entry of entries) {
    const next = evolve(current, { kind: 'interaction', entry });
    current = next.state;
    for (const fact of next.facts) facts.set(fact.id, fact);
  }
  return [...facts.values()].map(
    (fact) => evolve({ session: fact }, { kind: 'deadline', at: watermark }).facts[0] ?? fact,
  );
}
