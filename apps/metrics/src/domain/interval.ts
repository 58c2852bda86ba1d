/** 95 % intervals. Shares: Wilson (1927), good at small n and near 0 and 1. Means and balances: normal approximation. */
import type { Aggregator } from './kpi.js';
import type { Tally } from './tally.js';

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** In units of numerator / n; null where there is none (counts, sums, fewer than two values of a mean). */
export function intervalOf(aggregator: Aggregator, tally: Tally): Interval | null {
  if (tally.n <= 0) return null;
  if (aggregator === 'share') return wilson(Number(tally.numerator), tally.n);
  if (aggregator === 'mean') return normal(tally, tally.n - 1);
  return aggregator === 'balance' ? balance(tally) : null;
}

/** A balance of +1 and −1 cannot leave [−1, 1], which the normal approximation does at small n. */
function balance(tally: Tally): Interval | null {
  const interval = normal(tally, tally.n);
  return interval && { low: Math.max(-1, interval.low), high: Math.min(1, interval.high) };
}

function wilson(successes: number, n: number): Interval {
  const share = successes / n;
  const spread = Z * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n));
  const centre = share + (Z * Z) / (2 * n);
  const scale = 1 + (Z * Z) / n;
  return {
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}

/** `freedom`: n − 1 for a mean; n for the balance, whose variance is (p + d) − (p − d)². */
function normal(tally: Tally, freedom: number): Interval | null {
  if (tally.n < 2) return null;
  const n = BigInt(tally.n);
  // n·Σx² − (Σx)² exactly, before anything is rounded
  const scatter = Number(n * tally.squares - tally.numerator * tally.numerator) / tally.n;
  const mean = Number(tally.numerator) / tally.n;
  const spread = Z * Math.sqrt(Math.max(0, scatter / freedom) / tally.n);
  return { low: mean - spread, high: mean + spread };
}
