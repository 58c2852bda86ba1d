import { standsAs, TimelineFold, type Folding, type Standing } from '../domain/checkpoint.js';
import type { Entry } from '../domain/timeline.js';
import { END, instantOf, type Span } from './spans.js';

/**
 * One span of a timeline being folded again. It is open until it stops, throws or comes to the end. While one before it is
 * open, what it makes is a guess: its start may turn out not to be true any more. So it keeps what it read.
 */
export interface Run {
  readonly start: Standing | undefined;
  readonly fold: TimelineFold;
  /** ms: earliest instant from which on it may stop. */
  last: number;
  /** ms: up to where its timeline has been read. */
  reached: number;
  readonly entries: Entry[];
  /** Where the timeline stood before, in order. */
  readonly stops: Standing[];
  /** How many of its entries were folded, and of its stops tried. */
  folded: number;
  tried: number;
  stoppedAt?: Standing;
  failure?: { readonly error: unknown };
}

export function begun(folding: Folding, { start, last }: Span): Run {
  const fold = new TimelineFold(folding, start);
  return {
    start,
    fold,
    last,
    reached: instantOf(start),
    entries: [],
    stops: [],
    folded: 0,
    tried: 0,
  };
}

export const isOpen = (run: Run): boolean =>
  run.stoppedAt === undefined && run.failure === undefined && run.reached !== END;

/**
 * Folds what was read. A run that comes to the start of the next one and stands otherwise takes its place and goes on with what
 * that one read. Returns the runs that are left; none after one that threw and was no guess.
 */
export function foldFromTheLeft(runs: readonly Run[]): Run[] {
  const following = [...runs];
  const left: Run[] = [];
  let isGuess = false;
  for (let run = following.shift(); run !== undefined; run = following.shift()) {
    if (run.stoppedAt === undefined && run.failure === undefined) goOn(run, following);
    left.push(run);
    if (!isGuess && run.failure !== undefined) return left;
    if (!isGuess) run.folded -= run.entries.splice(0, run.folded).length;
    isGuess ||= isOpen(run);
  }
  return left;
}

function goOn(run: Run, following: Run[]): void {
  try {
    while (!foldRead(run, following)) {
      const next = following[0];
      if (next === undefined || instantOf(next.start) !== run.reached) return;
      replace(run, following);
      run.reached = next.reached;
      run.entries.push(...next.entries);
      run.stops.push(...next.stops);
    }
  } catch (error) {
    run.failure = { error };
  }
}

/** True: it stopped. */
function foldRead(run: Run, following: Run[]): boolean {
  for (let stop = run.stops[run.tried]; stop !== undefined; stop = run.stops[run.tried]) {
    const at = instantOf(stop);
    run.tried += 1;
    foldUpTo(run, following, at);
    if (at < run.last || !standsAs(run.fold.standing(), stop)) continue;
    run.stoppedAt = stop;
    return true;
  }
  foldUpTo(run, following, run.reached);
  return false;
}

/** Those that start on the way are part of it now. */
function foldUpTo(run: Run, following: Run[], at: number): void {
  const { entries } = run;
  for (
    let entry = entries[run.folded];
    entry !== undefined && entry.occurredAt <= at;
    entry = entries[run.folded]
  ) {
    run.folded += 1;
    run.fold.take(entry);
  }
  while (following[0] !== undefined && instantOf(following[0].start) < at) replace(run, following);
}

function replace(run: Run, following: Run[]): void {
  run.last = Math.max(run.last, following.shift()?.last ?? run.last);
}
