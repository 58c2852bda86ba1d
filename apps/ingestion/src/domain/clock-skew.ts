/**
 * Wrong clocks. `sentAt` says what the sender's clock read when it sent; what it is off from our `receivedAt` is what
 * `occurredAt` is off too.
 * - Corrected on live HTTP only (a file is sent long after it was written), and only when 60 s < |off| ≤ 24 h: less is
 *   the network, more is no clock error. By whole seconds rounded down, so that a corrected instant is never pushed past
 *   `receivedAt` by the rounding. Off by more than 24 h: kept, flagged.
 * - After that: up to 24 h ahead of `receivedAt` → set to `receivedAt`, flagged; more → refused.
 */
import type { InteractionFlag } from '#contracts';

export const SKEW_IGNORED_MS = 60_000;
export const DAY_MS = 86_400_000;

/** All in ms since 1970. */
export interface ClockReading {
  readonly occurredAt: number;
  readonly sentAt?: number;
  readonly receivedAt: number;
  readonly isLive: boolean;
}

export type ClockOutcome =
  | { readonly kind: 'in-future' }
  | {
      readonly kind: 'read';
      readonly occurredAt: number;
      readonly flags: readonly InteractionFlag[];
    };

export function readClock(reading: ClockReading): ClockOutcome {
  const { shiftMs, flag } = skewOf(reading);
  const occurredAt = reading.occurredAt + shiftMs;
  const aheadMs = occurredAt - reading.receivedAt;
  if (aheadMs > DAY_MS) return { kind: 'in-future' };
  const flags = flag === undefined ? [] : [flag];
  if (aheadMs <= 0) return { kind: 'read', occurredAt, flags };
  return { kind: 'read', occurredAt: reading.receivedAt, flags: [...flags, 'future-clamped'] };
}

function skewOf(reading: ClockReading): { shiftMs: number; flag?: InteractionFlag } {
  if (!reading.isLive || reading.sentAt === undefined) return { shiftMs: 0 };
  const offMs = reading.receivedAt - reading.sentAt;
  if (Math.abs(offMs) <= SKEW_IGNORED_MS) return { shiftMs: 0 };
  if (Math.abs(offMs) > DAY_MS) return { shiftMs: 0, flag: 'clock-suspect' };
  return { shiftMs: Math.floor(offMs / 1000) * 1000, flag: 'clock-corrected' };
}
