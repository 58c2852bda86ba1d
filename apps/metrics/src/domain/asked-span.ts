/** A span as it was asked for: a rolling window, or two moments — instants, or dates that begin in the tenant's zone. */
import { Fault } from '#kernel';
import type { BucketCalendar } from './bucket.js';
import { cutToMinute, rollingWindow } from './window.js';
import type { Span, WindowName } from './window.js';

/** `YYYY-MM-DD`, or ms. */
export type Moment = { readonly date: string } | { readonly atMs: number };

export type AskedSpan =
  { readonly window: WindowName } | { readonly from: Moment; readonly to: Moment };

export function spanOf(asked: AskedSpan, calendar: BucketCalendar, nowMs: number): Span {
  if ('window' in asked) return rollingWindow(asked.window, nowMs);
  const span = { fromMs: momentOf(asked.from, calendar), toMs: momentOf(asked.to, calendar) };
  if (span.fromMs >= span.toMs) {
    throw new Fault('invalid-parameter', 'from must be before to (both are cut to the minute)');
  }
  return span;
}

function momentOf(moment: Moment, calendar: BucketCalendar): number {
  return cutToMinute('atMs' in moment ? moment.atMs : calendar.startOfDate(moment.date));
}
