/**
 * A correction is the difference of two successive publications of one bucket, with what caused it. It is not stored as a
 * difference: both publications are, so first publication + Σ corrections = last holds by construction. Causes are counted by
 * (cause, reference) over the revisions that changed the bucket since the publication before; the list is bounded, what is
 * left out is one entry with its count.
 */
import type { Measurement } from './figure.js';
import type { Bins } from './histogram.js';
import { mergeBins } from './histogram.js';
import { addTallies, negateTally } from './tally.js';

/** Why a revision came: the `ce_cause` and `ce_causeref` of its record. */
export interface Reason {
  readonly cause: string;
  /** `source/id` of an interaction, a call, a deadline; null when several are counted together. */
  readonly ref: string | null;
}

export interface CountedCause extends Reason {
  /** Revisions that changed the bucket. */
  readonly count: number;
}

/** Causes named in one correction; the rest are counted as {@link OTHER_CAUSES}. */
export const CAUSES_MAX = 20;
export const OTHER_CAUSES = 'others';

/** The most frequent causes first; `total` counts all of them. */
export function boundedCauses(top: readonly CountedCause[], total: number): CountedCause[] {
  const named = top.slice(0, CAUSES_MAX);
  const rest = total - named.reduce((sum, { count }) => sum + count, 0);
  return rest === 0 ? named : [...named, { cause: OTHER_CAUSES, ref: null, count: rest }];
}

/** `after` − `before`, counters and histogram. */
export function measuredDifference(after: Measurement, before: Measurement): Measurement {
  const bins = new Map(after.bins);
  mergeBins(bins, new Map([...before.bins].map(([bin, count]) => [bin, -count])));
  return { tally: addTallies(after.tally, negateTally(before.tally)), bins };
}

export function isSameBins(a: Bins, b: Bins): boolean {
  return a.size === b.size && [...a].every(([bin, count]) => b.get(bin) === count);
}
