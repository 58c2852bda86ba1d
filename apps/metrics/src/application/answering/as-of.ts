import { Fault } from '#kernel';

/** The instant that an answer speaks of: now, or an earlier one asked for. */
export function answeredAt(asOfMs: number | undefined, nowMs: number): number {
  if (asOfMs === undefined) return nowMs;
  if (asOfMs > nowMs) throw new Fault('invalid-parameter', 'asOf must not be later than now');
  return asOfMs;
}
