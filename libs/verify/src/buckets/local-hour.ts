/**
 * The hour of a tenant's zone that holds an instant: what its clock shows as one hour under one offset from UTC, half-open.
 * Found by walking from the instant until the clock shows another hour, in minutes first and then in seconds.
 */
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

export interface Hour {
  /** ms */
  readonly start: number;
  readonly end: number;
}

export class LocalHours {
  private readonly clock: Intl.DateTimeFormat;
  private readonly hours = new Map<string, Hour>();

  constructor(zone: string) {
    this.clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      dateStyle: undefined,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    });
  }

  hourOf(at: number): Hour {
    const shown = this.clock.format(at);
    const known = this.hours.get(shown);
    if (known !== undefined) return known;
    const isSame = (other: number): boolean => this.clock.format(other) === shown;
    let start = Math.floor(at / SECOND_MS) * SECOND_MS;
    while (isSame(start - MINUTE_MS)) start -= MINUTE_MS;
    while (isSame(start - SECOND_MS)) start -= SECOND_MS;
    let end = start;
    while (isSame(end)) end += MINUTE_MS;
    while (!isSame(end - SECOND_MS)) end -= SECOND_MS;
    const hour = { start, end };
    this.hours.set(shown, hour);
    return hour;
  }
}
