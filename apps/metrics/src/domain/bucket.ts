/**
 * Buckets are half-open hours of the tenant's zone, stored as UTC: a bucket starts where the local clock shows a whole hour,
 * and where the clock is put forward or back. So a bucket is an hour long or shorter, never longer; in a zone of +05:45
 * buckets start at :15 UTC; a day of 23 or 25 hours is just a union of so many buckets. Days, ISO weeks and months always
 * begin with a bucket.
 */
import { HOUR_MS, LocalTime } from './local-time.js';

export const PERIODS = ['hour', 'day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

const DAY_MS = 24 * HOUR_MS;
const SLOT_MS = HOUR_MS / 4;
const MEMORY_MAX = 50_000;
/** Zones in use at once in one process; more and the memory starts afresh. */
const CALENDARS_MAX = 500;

export class BucketCalendar {
  private readonly time: LocalTime;
  private readonly starts = new Map<number, number>();

  constructor(zone: string) {
    this.time = new LocalTime(zone);
  }

  /** Start of the bucket that holds the instant. */
  startOf(atMs: number): number {
    const slot = Math.floor(atMs / SLOT_MS);
    const known = this.starts.get(slot);
    if (known !== undefined) return known;
    const start = this.exactStart(atMs);
    if (this.isSteady(slot)) this.remember(slot, start);
    return start;
  }

  /** End of the bucket that starts at `startMs`. */
  endOf(startMs: number): number {
    const offset = this.time.offsetAt(startMs);
    const end = floorTo(startMs + offset, HOUR_MS) + HOUR_MS - offset;
    return this.time.offsetAt(end - 1) === offset ? end : this.time.changeBetween(startMs, end - 1);
  }

  /** Start of the hour, day, ISO week or month that holds the instant. */
  startOfPeriod(period: Period, atMs: number): number {
    if (period === 'hour') return this.startOf(atMs);
    let day = firstDay(period, this.time.dayAt(atMs));
    let start = this.time.startOfDay(day);
    for (
      let next = this.nextPeriod(period, day);
      next.start <= atMs;
      next = this.nextPeriod(period, day)
    ) {
      ({ day, start } = next);
    }
    return start;
  }

  /** Start of the period after the one that starts at `startMs`. */
  endOfPeriod(period: Period, startMs: number): number {
    if (period === 'hour') return this.endOf(startMs);
    let next = this.nextPeriod(period, this.time.dayAt(startMs));
    while (next.start <= startMs) next = this.nextPeriod(period, next.day);
    return next.start;
  }

  /** First instant of a local date `YYYY-MM-DD`. */
  startOfDate(date: string): number {
    return this.time.startOfDay(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
  }

  private nextPeriod(period: Exclude<Period, 'hour'>, day: number): { day: number; start: number } {
    const next = followingDay(period, firstDay(period, day));
    return { day: next, start: this.time.startOfDay(next) };
  }

  private exactStart(atMs: number): number {
    const offset = this.time.offsetAt(atMs);
    const start = floorTo(atMs + offset, HOUR_MS) - offset;
    return this.time.offsetAt(start) === offset ? start : this.time.changeBetween(start, atMs);
  }

  /** No change of offset in this quarter hour, and no local hour begins inside it. */
  private isSteady(slot: number): boolean {
    const offset = this.time.offsetAt(slot * SLOT_MS);
    return offset % SLOT_MS === 0 && this.time.offsetAt((slot + 1) * SLOT_MS - 1) === offset;
  }

  private remember(slot: number, start: number): void {
    if (this.starts.size >= MEMORY_MAX) this.starts.clear();
    this.starts.set(slot, start);
  }
}

const calendars = new Map<string, BucketCalendar>();

/** The calendar of a zone; memorised, since building one costs more than a thousand look-ups. */
export function calendarOf(zone: string): BucketCalendar {
  const known = calendars.get(zone);
  if (known !== undefined) return known;
  if (calendars.size >= CALENDARS_MAX) calendars.clear();
  const calendar = new BucketCalendar(zone);
  calendars.set(zone, calendar);
  return calendar;
}

/** First day of the period of a date; days count from Thursday 1970-01-01, ISO weeks start on Monday. */
function firstDay(period: Exclude<Period, 'hour'>, day: number): number {
  if (period === 'day') return day;
  if (period === 'week') return day - ((((day + 3) % 7) + 7) % 7);
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

function followingDay(period: Exclude<Period, 'hour'>, first: number): number {
  if (period !== 'month') return first + (period === 'day' ? 1 : 7);
  const date = new Date(first * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
