/**
 * The span a KPI is asked over. A rolling window is [t − W, t) with t cut to the minute; from/to are cut to the minute too.
 * Whole buckets inside it are answered from counters, the broken edges from the observations themselves: exact to the
 * minute, at the cost of at most two hours of rows.
 */
import { Fault } from '#kernel';
import type { BucketCalendar, Period } from './bucket.js';
import { HOUR_MS } from './local-time.js';

export interface Span {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
}

const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** Most points of a series: a year by the hour is 8,784. */
export const SERIES_MAX = 10_000;

export const WINDOWS = {
  '1h': HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '28d': 28 * DAY_MS,
  '30d': 30 * DAY_MS,
  '90d': 90 * DAY_MS,
  '365d': 365 * DAY_MS,
} as const;
export type WindowName = keyof typeof WINDOWS;

export function isWindowName(name: string): name is WindowName {
  return Object.hasOwn(WINDOWS, name);
}

export function cutToMinute(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}

export function rollingWindow(name: WindowName, nowMs: number): Span {
  const toMs = cutToMinute(nowMs);
  return { fromMs: toMs - WINDOWS[name], toMs };
}

/** The span of equal length that ends where this one starts. */
export function previousSpan(span: Span): Span {
  return { fromMs: span.fromMs - (span.toMs - span.fromMs), toMs: span.fromMs };
}

/** Every bucket that the span touches, whole: what publications can answer. */
export function wholeBuckets(span: Span, calendar: BucketCalendar): Span {
  const last = calendar.startOf(span.toMs);
  const toMs = last === span.toMs ? last : calendar.endOf(last);
  return { fromMs: calendar.startOf(span.fromMs), toMs };
}

export interface SplitSpan {
  /** Each starts and ends with a bucket. */
  readonly whole: readonly Span[];
  readonly edges: readonly Span[];
}

/** `cuts`: instants inside the span at which it is divided; the bucket around each is an edge too. */
export function splitSpan(
  span: Span,
  calendar: BucketCalendar,
  cuts: readonly number[] = [],
): SplitSpan {
  const broken = [span.fromMs, ...cuts, span.toMs]
    .map((atMs) => ({ atMs, startMs: calendar.startOf(atMs) }))
    .filter(({ atMs, startMs }) => startMs !== atMs)
    .map(({ startMs }) => startMs);
  const edges = [...new Set(broken)]
    .sort((a, b) => a - b)
    .map((startMs) => ({
      fromMs: Math.max(startMs, span.fromMs),
      toMs: Math.min(calendar.endOf(startMs), span.toMs),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
  const starts = [span.fromMs, ...edges.map(({ toMs }) => toMs)];
  const ends = [...edges.map(({ fromMs }) => fromMs), span.toMs];
  const whole = starts
    .map((fromMs, index) => ({ fromMs, toMs: ends[index] ?? span.toMs }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
  return { whole, edges };
}

/** The periods that a span touches, each cut to the span, in order and without gaps. */
export function periodsOf(span: Span, period: Period, calendar: BucketCalendar): Span[] {
  const periods: Span[] = [];
  let start = calendar.startOfPeriod(period, span.fromMs);
  while (start < span.toMs) {
    if (periods.length >= SERIES_MAX) {
      throw new Fault(
        'invalid-parameter',
        `bucket=${period} gives more than ${SERIES_MAX} points: ask a shorter span`,
      );
    }
    const end = calendar.endOfPeriod(period, start);
    periods.push({ fromMs: Math.max(start, span.fromMs), toMs: Math.min(end, span.toMs) });
    start = end;
  }
  return periods;
}
