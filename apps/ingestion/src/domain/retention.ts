/**
 * How old an interaction may be. Its age is counted from its occurrence, as normalised (a corrected clock counts), to its
 * receipt; exactly `retentionDays` is kept, a millisecond more is not. Days are 24 h in UTC, whatever the tenant's zone, so
 * that the horizon never moves with a clock change.
 * - A withdrawn version is never asked: it only takes away.
 * - Nor is a consent (`outlivesRetention`).
 * - A newer version of something old is as old as it says: what was removed must not come back by an update.
 * - A replayed rejection is as old as it was when it was received; the setting is the one in force at the replay.
 */
import { formatInstant, type InputProblem, type TenantSettings } from '#contracts';
import { DAY_MS } from './clock-skew.js';

export interface Age {
  /** Both in ms since 1970. */
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly retentionDays: number;
}

export function tooOld({ occurredAt, receivedAt, retentionDays }: Age): InputProblem | undefined {
  const horizon = receivedAt - retentionDays * DAY_MS;
  if (occurredAt >= horizon) return undefined;
  const days = retentionDays === 1 ? 'day' : 'days';
  return {
    code: 'too-old',
    pointer: '/occurredAt',
    detail: `lies before ${formatInstant(horizon)}: this tenant keeps what occurred at most ${retentionDays} ${days} before its receipt; raise \`retentionDays\` (PUT /v1/settings), then replay the rejection`,
  };
}

export type Retention = Pick<TenantSettings, 'retentionDays' | 'retentionStartsAt'>;

/**
 * Whoever comes to keep less has until the start to take it back; whoever comes to keep as much or more waits no longer than before.
 * @param waitMs how long nothing goes after such a change
 */
export function retentionFrom(
  before: Retention,
  retentionDays: number | undefined,
  { now, waitMs }: { readonly now: number; readonly waitMs: number },
): Retention {
  if (retentionDays === undefined) return {};
  const { retentionDays: days = Infinity, retentionStartsAt } = before;
  if (retentionStartsAt !== undefined && retentionDays >= days)
    return { retentionDays, retentionStartsAt };
  return { retentionDays, retentionStartsAt: formatInstant(now + waitMs) };
}
