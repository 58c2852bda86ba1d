/**
 * The counters of one KPI over some set of observations. A commutative group: tallies add, negate, and the empty one is
 * all zeros, so removing an observation is adding its negative and no order of arrival matters. Integers only — floats
 * would make sums depend on order; the numerator and its squares are bigint because ms² and money leave 2^53 behind.
 */
import type { KpiDefinition, Rules } from './kpi.js';
import type { Measured } from './observation.js';
import { termValue } from './term.js';

export interface Tally {
  /** Observations that contribute. */
  readonly items: number;
  /** Of them, how many are not final. */
  readonly provisional: number;
  /** Sum of the denominator. */
  readonly n: number;
  readonly numerator: bigint;
  /** Sum of the squared numerator values: the variance of means. */
  readonly squares: bigint;
}

export const EMPTY_TALLY: Tally = { items: 0, provisional: 0, n: 0, numerator: 0n, squares: 0n };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    items: a.items + b.items,
    provisional: a.provisional + b.provisional,
    n: a.n + b.n,
    numerator: a.numerator + b.numerator,
    squares: a.squares + b.squares,
  };
}

export function negateTally(tally: Tally): Tally {
  const { items, provisional, n, numerator, squares } = tally;
  return {
    items: 0 - items,
    provisional: 0 - provisional,
    n: 0 - n,
    numerator: -numerator,
    squares: -squares,
  };
}

export function isEmptyTally(tally: Tally): boolean {
  const { items, provisional, n, numerator, squares } = tally;
  return items === 0 && provisional === 0 && n === 0 && numerator === 0n && squares === 0n;
}

export function isSameTally(a: Tally, b: Tally): boolean {
  return isEmptyTally(addTallies(a, negateTally(b)));
}

export interface Contribution {
  readonly tally: Tally;
  /** Value for the histogram, when the KPI keeps one and the observation is in its numerator. */
  readonly sample: number | undefined;
}

/** What one observation adds to one KPI; `undefined` when it adds nothing. */
export function contributionTo(
  kpi: KpiDefinition,
  measured: Measured,
  rules: Rules,
): Contribution | undefined {
  const below = termValue(kpi.denominator, measured, rules);
  const above = termValue(kpi.numerator, measured, rules);
  if (below === undefined && above === undefined) return undefined;
  const n = below ?? 0;
  const numerator = BigInt(above ?? 0);
  return {
    tally: {
      items: 1,
      provisional: measured.isProvisional ? 1 : 0,
      n,
      numerator,
      squares: numerator * numerator,
    },
    sample: kpi.hasHistogram === true ? above : undefined,
  };
}
