/**
 * The one shape of a sequential fact: a pure fold over a profile's timeline in order of `(occurredAt, source, id)`. Its state
 * holds open items only — what may still change by what comes next — and is plain JSON: equal states have equal canonical
 * JSON, whatever way led there, because a re-fold stops where states are equal. A deadline fires at its due instant; at equal
 * instants interactions come first: the engine fires every deadline due before the `occurredAt` of each interaction that any
 * kind takes, then evolves the kinds that take it, and after the last one fires what is due up to the watermark. `now` is
 * never read.
 *
 * What a re-fold relies on, of every kind:
 * - a fact's `from` is the instant of the step that opened it, and stays (stored facts are found by it);
 * - a fact that a later step may change stands in `openFacts` until then; one that does not is done for good;
 * - a step never takes a fact back (only a different history does), and after a deadline at `at` nothing is due at or before it.
 */
import type { FactKind, Interaction } from '#contracts';
import type { DerivedFact } from '../derived-fact.js';
import type { Thresholds } from '../thresholds.js';
import type { Entry } from '../timeline.js';

export type Step =
  | { readonly kind: 'interaction'; readonly entry: Entry }
  /** `at`: ms, the instant that was due. */
  | { readonly kind: 'deadline'; readonly at: number };

export interface Evolved<State> {
  readonly state: State;
  /** New content of the facts that this step opened or changed; the newest content of an id is the truth. */
  readonly facts: readonly DerivedFact[];
}

export interface SequentialKind<State = unknown> {
  readonly kind: FactKind;
  /** Whether the interaction has a part in the fold of this kind. */
  takes(interaction: Interaction): boolean;
  /** Nothing open. */
  readonly start: State;
  /** Facts of the open items, as they stand in this state. */
  openFacts(state: State): readonly DerivedFact[];
  evolve(state: State, step: Step, thresholds: Thresholds): Evolved<State>;
  /** The earliest instant (ms) at which the state changes by the passing of time alone. */
  dueAt(state: State): number | undefined;
}
