/**
 * The fold of a timeline over all sequential kinds: one open state a kind, evolved step by step. Deadlines due before an
 * interaction fire before it, in due order; `pass` fires those up to an instant. Everything is a function of the state it starts
 * from and of the steps: no clock.
 */
import { invariant } from '#kernel';
import type { DerivedFact } from './derived-fact.js';
import type { SequentialKind, Step } from './facts/sequential-kind.js';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.js';
import type { Entry } from './timeline.js';

/** Open state by kind; a kind that is not in it stands at its start. */
export type OpenState = Readonly<Record<string, unknown>>;

/** Bytes of the JSON of a state, lists of references aside: those are bounded by the fact (100 each). */
export const STATE_BYTES_MAX = 16_384;

export class SequentialFold {
  /** Newest content of every fact that a step of this fold opened or changed. */
  readonly facts = new Map<string, DerivedFact>();
  private readonly states: unknown[];

  constructor(
    private readonly kinds: readonly SequentialKind[],
    state: OpenState = {},
    private readonly thresholds: Thresholds = DEFAULT_THRESHOLDS,
  ) {
    this.states = kinds.map((kind) => state[kind.kind] ?? kind.start);
  }

  /** `onFact` hears what the entry's own steps made of facts, not what was due before it. */
  take(entry: Entry, onFact?: (fact: DerivedFact) => void): void {
    this.pass(entry.occurredAt - 1);
    for (const [index, kind] of this.kinds.entries()) {
      if (kind.takes(entry.interaction)) this.step(index, { kind: 'interaction', entry }, onFact);
    }
  }

  /** Fires every deadline due at or before `until`. */
  pass(until: number): void {
    for (let due = this.dueAt(); due !== undefined && due <= until; due = this.dueAt()) {
      for (const [index, kind] of this.kinds.entries()) {
        if (kind.dueAt(this.states[index]) !== due) continue;
        this.step(index, { kind: 'deadline', at: due });
        const next = kind.dueAt(this.states[index]);
        invariant(
          next === undefined || next > due,
          `a deadline of ${kind.kind} is over once fired`,
        );
      }
    }
  }

  dueAt(): number | undefined {
    let earliest: number | undefined;
    for (const [index, kind] of this.kinds.entries()) {
      const due = kind.dueAt(this.states[index]);
      if (due !== undefined && (earliest === undefined || due < earliest)) earliest = due;
    }
    return earliest;
  }

  openFacts(): DerivedFact[] {
    return this.kinds.flatMap((kind, index) => kind.openFacts(this.states[index]));
  }

  state(): OpenState {
    return Object.fromEntries(this.kinds.map(({ kind }, index) => [kind, this.states[index]]));
  }

  private step(index: number, step: Step, onFact?: (fact: DerivedFact) => void): void {
    const evolved = this.kinds[index]?.evolve(this.states[index], step, this.thresholds);
    if (evolved === undefined) return;
    this.states[index] = evolved.state;
    for (const fact of evolved.facts) {
      this.facts.set(fact.id, fact);
      onFact?.(fact);
    }
  }
}
