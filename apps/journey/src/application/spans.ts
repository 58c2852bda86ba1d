import type { Standing } from '../domain/checkpoint.js';

export const BEGINNING = Number.MIN_SAFE_INTEGER;
export const END = Number.MAX_SAFE_INTEGER;

/** A part of a timeline to be folded: it starts after a standing, and reaches its last instant at least. */
export interface Span {
  readonly start: Standing | undefined;
  /** ms */
  readonly last: number;
}

/** Instants of one span have the same standing before them. Both lists in order; a standing lies before an instant, not at it. */
export function spansOf(instants: readonly number[], standings: readonly Standing[]): Span[] {
  const spans: Span[] = [];
  let next = 0;
  let start: Standing | undefined;
  for (const last of instants) {
    let standing = standings[next];
    while (standing !== undefined && instantOf(standing) < last) {
      start = standing;
      standing = standings[++next];
    }
    const known = spans.at(-1);
    if (known !== undefined && known.start === start) spans.pop();
    spans.push({ start, last });
  }
  return spans;
}

export const instantOf = (standing: Standing | undefined): number =>
  standing?.tail.occurredAt ?? BEGINNING;
