/**
 * Days of UTC, numbered from 1970-01-01. A bucket belongs to the day in which it starts, whatever its zone: so every bucket
 * is in one day, and a span of whole buckets is some days and what is left before and after them.
 */
import { HOUR_MS } from './local-time.js';
import type { Span } from './window.js';

export const DAY_MS = 24 * HOUR_MS;

export function dayOf(startMs: number): number {
  return Math.floor(startMs / DAY_MS);
}

export function spanOfDay(day: number): Span {
  return { fromMs: day * DAY_MS, toMs: (day + 1) * DAY_MS };
}

export interface SplitDays {
  /** Days that one of the spans holds entirely, ascending. */
  readonly days: readonly number[];
  readonly rest: readonly Span[];
}

/** `spans` ascending and apart. */
export function splitDays(spans: readonly Span[]): SplitDays {
  const days: number[] = [];
  const rest: Span[] = [];
  for (const { fromMs, toMs } of spans) {
    const first = Math.ceil(fromMs / DAY_MS);
    const end = Math.floor(toMs / DAY_MS);
    for (let day = first; day < end; day++) days.push(day);
    if (first >= end) rest.push({ fromMs, toMs });
    else rest.push({ fromMs, toMs: first * DAY_MS }, { fromMs: end * DAY_MS, toMs });
  }
  return { days, rest: rest.filter((span) => span.fromMs < span.toMs) };
}

/** Days as few spans. */
export function spansOfDays(days: readonly number[]): Span[] {
  const spans: Span[] = [];
  for (const { fromMs, toMs } of days.map(spanOfDay)) {
    const before = spans.at(-1);
    if (before?.toMs === fromMs) spans[spans.length - 1] = { fromMs: before.fromMs, toMs };
    else spans.push({ fromMs, toMs });
  }
  return spans;
}
