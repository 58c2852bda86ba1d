/**
 * A figure is what a reader sees of a tally: value, n, numerator, interval. The value is null when n = 0 — no number is
 * better than an invented one. Money leaves as decimal strings in units of the currency, never through a float.
 */
import { mergeBins, percentile } from './histogram.js';
import type { Bins } from './histogram.js';
import { intervalOf } from './interval.js';
import type { Interval } from './interval.js';
import { fixedPointOf } from './kpi.js';
import type { KpiDefinition, Unit } from './kpi.js';
import { addTallies, EMPTY_TALLY } from './tally.js';
import type { Tally } from './tally.js';

/** Number, or a decimal string for money. */
export type Amount = number | string;

export interface Figure {
  readonly value: Amount | null;
  readonly n: number;
  readonly numerator: Amount | null;
  readonly interval: Interval | null;
  readonly provisional: boolean;
  readonly percentiles?: {
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p95: number | null;
  };
}

export interface Measurement {
  readonly tally: Tally;
  readonly bins: Bins;
}

export function measuredSum(parts: readonly Measurement[]): Measurement {
  let tally = EMPTY_TALLY;
  const bins = new Map<number, number>();
  for (const part of parts) {
    tally = addTallies(tally, part.tally);
    mergeBins(bins, part.bins);
  }
  return { tally, bins };
}

export function figureOf(kpi: KpiDefinition, { tally, bins }: Measurement): Figure {
  const figure = {
    value: valueOf(kpi, tally),
    n: tally.n,
    numerator: amountOf(kpi.unit, tally.numerator),
    interval: scaledInterval(kpi, tally),
    provisional: tally.provisional > 0,
  };
  return kpi.hasHistogram === true ? { ...figure, percentiles: percentilesOf(bins) } : figure;
}

/** Of sums over several currencies there is no value, only how many things were counted. */
export function figureWithoutSum(tally: Tally): Figure {
  return {
    value: null,
    n: tally.n,
    numerator: null,
    interval: null,
    provisional: tally.provisional > 0,
  };
}

export function amountOf(unit: Unit, integer: bigint): Amount {
  if (unit === 'money') return decimalText(integer);
  return Number(integer) / fixedPointOf(unit);
}

function valueOf(kpi: KpiDefinition, tally: Tally): Amount | null {
  if (tally.n === 0) return null;
  if (kpi.aggregator === 'count' || kpi.aggregator === 'sum')
    return amountOf(kpi.unit, tally.numerator);
  return (Number(tally.numerator) / tally.n) * scaleOf(kpi);
}

function scaledInterval(kpi: KpiDefinition, tally: Tally): Interval | null {
  const interval = intervalOf(kpi.aggregator, tally);
  if (interval === null) return null;
  const scale = scaleOf(kpi);
  return { low: interval.low * scale, high: interval.high * scale };
}

function scaleOf(kpi: KpiDefinition): number {
  return kpi.aggregator === 'balance' ? 100 : 1 / fixedPointOf(kpi.unit);
}

function percentilesOf(bins: Bins): NonNullable<Figure['percentiles']> {
  return { p50: percentile(bins, 0.5), p90: percentile(bins, 0.9), p95: percentile(bins, 0.95) };
}

/** 1/10,000 of a unit as a decimal string with two to four decimals. */
function decimalText(integer: bigint): string {
  const digits = (integer < 0n ? -integer : integer).toString().padStart(5, '0');
  const decimals = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${integer < 0n ? '-' : ''}${digits.slice(0, -4)}.${decimals}`;
}
