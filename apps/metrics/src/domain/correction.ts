/**
 * A correction is the difference of two successive publications of one bucket, with what caused it. It is not stored as a
 * difference: both publications are, so first publication + Σ corrections = last holds by construction.
 */
import type { Measurement } from './figure.js';
import type { Bins } from './histogram.js';
import { mergeBins } from './histogram.js';
import { addTallies, negateTally } from './tally.js';

/** `after` − `before`, counters and histogram. */
export function measuredDifference(after: Measurement, before: Measurement): Measurement {
  const bins = new Map(after.bins);
  mergeBins(bins, new Map([...before.bins].map(([bin, count]) => [bin, -count])));
  return { tally: addTallies(after.tally, negateTally(before.tally)), bins };
}

export function isSameBins(a: Bins, b: Bins): boolean {
  return a.size === b.size && [...a].every(([bin, count]) => b.get(bin) === count);
}
