/**
 * What occurred before the horizon of a tenant goes. It moves once a day, at midnight UTC, and never lies after the one at the
 * front (`too-old`, which counts to the millisecond): what is accepted is kept at least as long as the tenant says.
 */
const DAY_MS = 86_400_000;

/** Both instants in ms. */
export function horizonOf(now: number, retentionDays: number): number {
  return (Math.floor(now / DAY_MS) - retentionDays) * DAY_MS;
}
