/**
 * A KPI is data: which observations count below the line (`denominator`, giving n), which above (`numerator`), with what
 * value, and how the two become one number. Everything else — buckets, windows, intervals, drill-down, the SQL of broken
 * edges — is derived from this record, so adding a KPI is one definition and one golden test.
 *
 * An observation counts at its own `at`: facts say themselves when they count, so a term needs no instant of its own.
 * Values are integers: counts, ms, 1/10,000 of a currency unit, 1/100 of a score point. Changing a definition bumps its
 * `version`; the tenant's buckets are then rebuilt from the copies of facts.
 */
import type { Dimension, ObservationKind } from './observation.js';

export const UNITS = ['count', 'money', 'share', 'points', 'ms', 'score'] as const;
export type Unit = (typeof UNITS)[number];

/**
 * - `count`, `sum`: the numerator itself
 * - `share`: numerator / n, a proportion (Wilson interval)
 * - `mean`: numerator / n (normal interval)
 * - `ratio`: numerator / n of two sums that hang together, so without an interval
 * - `balance`: 100 · numerator / n of values −1, 0, 1 (net promoter form)
 */
export type Aggregator = 'count' | 'sum' | 'share' | 'mean' | 'ratio' | 'balance';

/** Thresholds that a tenant sets; a change rebuilds its buckets. */
export type Threshold = 'serviceLevelMs' | 'shortAbandonMs';

export interface Rules {
  readonly zone: string;
  readonly serviceLevelMs: number;
  readonly shortAbandonMs: number;
}

export const COMPARISONS = ['is', 'at-most', 'below', 'known'] as const;

/** True of a measure that is known and compares so; an unknown measure makes every condition false. */
export type Condition =
  | { readonly measure: string; readonly compare: 'known' }
  | {
      readonly measure: string;
      readonly compare: 'is' | 'at-most' | 'below';
      readonly to: number | Threshold;
    };

export const isTrue = (measure: string): Condition => ({ measure, compare: 'is', to: 1 });
export const known = (measure: string): Condition => ({ measure, compare: 'known' });

export interface Term {
  readonly kind: ObservationKind;
  /** All must hold. */
  readonly where?: readonly Condition[];
  /** Left out when all of these hold. */
  readonly except?: readonly Condition[];
  /** What one observation adds: 1, or measures added and subtracted (an unknown one adds nothing). */
  readonly value: 'one' | { readonly plus: readonly string[]; readonly minus?: readonly string[] };
}

export interface KpiDefinition {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  readonly version: number;
  /** The formula in words. */
  readonly formula: string;
  readonly aggregator: Aggregator;
  readonly numerator: Term;
  readonly denominator: Term;
  /** At most {@link DIMENSIONS_MAX}; `currency` is mandatory for money. */
  readonly dimensions: readonly Dimension[];
  /** Keeps a histogram of the numerator's values: percentiles stand beside the mean. */
  readonly hasHistogram?: true;
}

export const DIMENSIONS_MAX = 4;

/** How many of the stored integers make one unit. */
export function fixedPointOf(unit: Unit): number {
  if (unit === 'money') return 10_000;
  return unit === 'score' ? 100 : 1;
}
