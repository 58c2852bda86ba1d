import type { Shift } from './mapping.js';
import type { Draft } from './map-record.js';

/** Moving a past data set to the present: every `occurredAt` by the same whole days, so gaps and times of day stay. */
const DAY_MS = 86_400_000;

/** `lastAt`: the latest `occurredAt` of the file, ms; `now`: ms. Yesterday is that of UTC. */
export function daysToShift(
  shift: Shift,
  { lastAt, now }: { lastAt: number; now: number },
): number {
  if ('days' in shift) return shift.days;
  return Math.floor(now / DAY_MS) - 1 - Math.floor(lastAt / DAY_MS);
}

export function shiftDates(draft: Draft, days: number): Draft {
  const at = Date.parse(String(draft['occurredAt']));
  if (days === 0 || Number.isNaN(at)) return draft;
  return { ...draft, occurredAt: new Date(at + days * DAY_MS).toISOString() };
}
