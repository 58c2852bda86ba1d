/**
 * Histogram over fixed, published bins: 0 ms, then 1 ms to 10¹⁰ ms (115 days) with at most 1 % relative error. The bins are
 * the same for everybody and for ever, never collapsed or rescaled, so histograms add, subtract and merge exactly: the
 * counts of a merge are the sums of the counts, whatever the order. A bin holds the integers from `low` to
 * ⌊low · 101/99⌋ (computed with integers: the same table on every machine; below 50 ms every integer has its own bin) and
 * stands for their harmonic middle, which is off by at most (high − low)/(high + low) ≤ 1 %. Larger values count in the
 * last bin, negative ones in the first.
 */
import { invariant } from '#kernel';

export const HISTOGRAM_MAX = 10_000_000_000;

/** Upper bound of each bin, inclusive; bin 0 is exactly 0. Published in docs/generated/kpis.md by its rule. */
export const BIN_HIGH: readonly number[] = binTable();

function binTable(): number[] {
  const highs = [0];
  for (let low = 1; low <= HISTOGRAM_MAX;) {
    const high = Math.floor((low * 101) / 99);
    highs.push(high);
    low = high + 1;
  }
  return highs;
}

/** Sparse: bin → count; counts may be negative in a difference. */
export type Bins = ReadonlyMap<number, number>;

export function binOf(value: number): number {
  if (value <= 0) return 0;
  let low = 1;
  let high = BIN_HIGH.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((BIN_HIGH[middle] ?? 0) >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The value that a bin stands for. */
export function binValue(bin: number): number {
  const high = BIN_HIGH[bin];
  invariant(high !== undefined, 'a bin is one of the published bins');
  if (bin === 0) return 0;
  const low = (BIN_HIGH[bin - 1] ?? 0) + 1;
  return (2 * low * high) / (low + high);
}

/** Adds `count` values to the bin of `value`; a negative count removes them. */
export function addToBins(bins: Map<number, number>, value: number, count: number): void {
  addCount(bins, binOf(value), count);
}

export function mergeBins(into: Map<number, number>, from: Bins): void {
  for (const [bin, count] of from) addCount(into, bin, count);
}

function addCount(bins: Map<number, number>, bin: number, count: number): void {
  const sum = (bins.get(bin) ?? 0) + count;
  if (sum === 0) bins.delete(bin);
  else bins.set(bin, sum);
}

/** Nearest-rank percentile (0 < share ≤ 1); null when there are no values. */
export function percentile(bins: Bins, share: number): number | null {
  const sorted = [...bins].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, held]) => sum + held, 0);
  if (count <= 0) return null;
  let left = Math.max(1, Math.ceil(share * count));
  for (const [bin, held] of sorted) {
    left -= held;
    if (left <= 0) return binValue(bin);
  }
  return null;
}
