/**
 * Checkpoints: where a fold of a timeline stood after everything that occurred at or before an instant. An append continues
 * from where the fold stands after the last entry; anything else starts at the checkpoint before it and may stop at one after
 * it that stands as it did. They save work and change no fact: a fold from the start is the oracle.
 *
 * A checkpoint lies between two instants, never between entries of one, and nothing is due at its own instant. So the facts
 * that were opened after it are those with a later `from`. The passing of time up to the watermark is never part of it.
 *
 * A standing belongs to the version of the fold that made it, and to the thresholds of the tenant: under others it cannot go on.
 */
import { canonicalJson, invariant } from '#kernel';
import type { DerivedFact } from './derived-fact.js';
import type { SequentialKind } from './facts/sequential-kind.js';
import { SequentialFold, STATE_BYTES_MAX, type OpenState } from './fold.js';
import { thresholdsName, type Thresholds } from './thresholds.js';
import { comparePositions, positionOf, type Entry, type Position } from './timeline.js';

/** Where a fold stands: after the entry at `tail`. */
export interface Standing {
  /** Of the fold that stands there. */
  readonly version: number;
  /** Name of the thresholds that it was made under; absent: the default. */
  readonly under?: string;
  readonly tail: Position;
  /** Entries since the checkpoint before. */
  readonly since: number;
  readonly state: OpenState;
}

export interface Folding {
  /** Raised with every change that gives a timeline other facts, or a state another shape. */
  readonly version: number;
  /** Of the tenant. */
  readonly thresholds: Thresholds;
  readonly kinds: readonly SequentialKind[];
  /** Entries between two checkpoints; more when many share an instant. */
  readonly checkpointEvery: number;
}

export class TimelineFold {
  /** Passed on the way, in order. */
  readonly checkpoints: Standing[] = [];
  private readonly fold: SequentialFold;
  private readonly made: Pick<Standing, 'version' | 'under'>;
  private readonly openBefore: readonly DerivedFact[];
  private tail: Position | undefined;
  private since: number;

  constructor(
    private readonly folding: Folding,
    start: Standing | undefined,
  ) {
    this.fold = new SequentialFold(folding.kinds, start?.state, folding.thresholds);
    this.made = madeBy(folding);
    this.openBefore = this.fold.openFacts();
    this.tail = start?.tail;
    this.since = start?.since ?? 0;
  }

  /** In timeline order. */
  take(entry: Entry): void {
    const { tail } = this;
    if (
      tail !== undefined &&
      this.since >= this.folding.checkpointEvery &&
      entry.occurredAt > tail.occurredAt &&
      this.fold.dueAt() !== tail.occurredAt
    ) {
      this.checkpoints.push({ ...this.made, tail, since: 0, state: this.fold.state() });
      this.since = 0;
    }
    this.fold.take(entry);
    this.tail = positionOf(entry);
    this.since += 1;
  }

  /** Fires what is due up to the watermark; nothing is taken after it. */
  pass(watermark: number): void {
    this.fold.pass(watermark);
  }

  standing(): Standing | undefined {
    const { tail, since, made } = this;
    return tail && { ...made, tail, since, state: this.fold.state() };
  }

  dueAt(): number | undefined {
    return this.fold.dueAt();
  }

  /** Facts that were open where it started, and those of its steps, each in its newest content. */
  facts(): Map<string, DerivedFact> {
    const facts = new Map(this.openBefore.map((fact) => [fact.id, fact]));
    for (const [id, fact] of this.fold.facts) facts.set(id, fact);
    return facts;
  }

  openFacts(): DerivedFact[] {
    return this.fold.openFacts();
  }
}

/** Whether entries, in order, only continue what stands. */
export function isAppend(standing: Standing | undefined, first: Entry | undefined): boolean {
  if (standing === undefined || first === undefined) return true;
  // A checkpoint at the tail holds everything of its instant.
  if (standing.since === 0) return first.occurredAt > standing.tail.occurredAt;
  return comparePositions(standing.tail, positionOf(first)) < 0;
}

/** Whether a fold may start there for what is later: it lies between instants, as a checkpoint does, if that is not at its own. */
export function isCheckpoint({ kinds }: Folding, { tail, state }: Standing): boolean {
  return new SequentialFold(kinds, state).dueAt() !== tail.occurredAt;
}

/** What another version of the fold left, or one under other thresholds, is as good as nothing. */
export function isCurrent(folding: Folding, standing: Standing): boolean {
  return isMadeAlike(madeBy(folding), standing);
}

function madeBy({ version, thresholds }: Folding): Pick<Standing, 'version' | 'under'> {
  const under = thresholdsName(thresholds);
  return under === '' ? { version } : { version, under };
}

function isMadeAlike(
  a: Pick<Standing, 'version' | 'under'>,
  b: Pick<Standing, 'version' | 'under'>,
): boolean {
  return a.version === b.version && a.under === b.under;
}

export function standsAs(a: Standing | undefined, b: Standing): boolean {
  if (a === undefined || !isMadeAlike(a, b)) return false;
  if (comparePositions(a.tail, b.tail) !== 0) return false;
  return canonicalJson(a.state) === canonicalJson(b.state);
}

/** It is looked at before it is stored, to find whose fault a state too large is: written once all the same. */
const written = new WeakMap<Standing, string>();

export function writeStanding(standing: Standing): string {
  const known = written.get(standing);
  if (known !== undefined) return known;
  const { version, under, tail, since, state } = standing;
  const position = [tail.occurredAt, tail.source, tail.id];
  const text = JSON.stringify({ version, under, tail: position, since, state });
  invariant(
    fits(text) || fits(textWithoutReferences(state)),
    `the open items of a profile fit ${STATE_BYTES_MAX} bytes`,
  );
  written.set(standing, text);
  return text;
}

/** The first version did not say so. */
export function readStanding(text: string): Standing {
  const {
    version = 1,
    under,
    tail,
    since,
    state,
  } = JSON.parse(text) as {
    version?: number;
    under?: string;
    tail: [number, string, string];
    since: number;
    state: OpenState;
  };
  const [occurredAt, source, id] = tail;
  const position = { occurredAt, source, id };
  return { version, ...(under !== undefined && { under }), tail: position, since, state };
}

function textWithoutReferences(state: OpenState): string {
  return JSON.stringify(state, (name, value: unknown) =>
    name === 'interactions' ? undefined : value,
  );
}

/** A character takes 3 bytes at most, so short texts need no count. */
function fits(text: string): boolean {
  return text.length * 3 <= STATE_BYTES_MAX || encoder.encode(text).length <= STATE_BYTES_MAX;
}

const encoder = new TextEncoder();
