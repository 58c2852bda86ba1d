/**
 * Wall-clock time of one IANA zone, from Intl alone. Offsets are exact to the second (old zones have odd ones) and change
 * at instants that are found by bisection, so nothing here assumes whole-hour shifts, quarter-hour offsets or that midnight
 * exists. A day runs from the first instant of its date to the first instant of the next date: where a clock goes back
 * over midnight, the repeated hour belongs to the new day.
 */
export const HOUR_MS = 3_600_000;
const SECOND_MS = 1000;
/** In force at both ends of a quarter hour: memorised for the whole of it. */
const SLOT_MS = 900_000;
/** Offsets held a zone: 50,000 quarter hours are 17 months; then the memory starts afresh. */
const MEMORY_MAX = 50_000;

export class LocalTime {
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  /** Throws a RangeError when the zone is not known. */
  constructor(readonly zone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Local time minus UTC, ms. */
  offsetAt(atMs: number): number {
    const slot = Math.floor(atMs / SLOT_MS);
    const known = this.offsets.get(slot);
    if (known !== undefined) return known;
    const offset = this.exactOffset(atMs);
    const isSteady =
      this.exactOffset(slot * SLOT_MS) === offset &&
      this.exactOffset((slot + 1) * SLOT_MS - 1) === offset;
    if (isSteady) this.remember(slot, offset);
    return offset;
  }

  /** First instant after `afterMs`, at most `untilMs`, from which the offset is that of `untilMs`. */
  changeBetween(afterMs: number, untilMs: number): number {
    const offset = this.offsetAt(untilMs);
    let before = Math.floor(afterMs / SECOND_MS);
    let since = Math.floor(untilMs / SECOND_MS);
    while (since - before > 1) {
      const middle = Math.floor((before + since) / 2);
      if (this.offsetAt(middle * SECOND_MS) === offset) since = middle;
      else before = middle;
    }
    return since * SECOND_MS;
  }

  /** The local date at an instant, as days since 1970-01-01. */
  dayAt(atMs: number): number {
    return Math.floor((atMs + this.offsetAt(atMs)) / (24 * HOUR_MS));
  }

  /** First instant of a local date; of a date that the zone skipped, the instant at which it was skipped. */
  startOfDay(day: number): number {
    const midnight = day * 24 * HOUR_MS;
    const early = midnight - 15 * HOUR_MS; // offsets lie between −12 h and +14 h
    const late = midnight + 13 * HOUR_MS;
    const before = this.offsetAt(early);
    const after = this.offsetAt(late);
    if (before === after) return midnight - before;
    const change = this.changeBetween(early, late);
    if (midnight - before < change) return midnight - before;
    return Math.max(midnight - after, change);
  }

  private exactOffset(atMs: number): number {
    const second = Math.floor(atMs / SECOND_MS) * SECOND_MS;
    const at: Record<string, number> = {};
    for (const part of this.format.formatToParts(second)) at[part.type] = Number(part.value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = at;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  }

  private remember(slot: number, offset: number): void {
    if (this.offsets.size >= MEMORY_MAX) this.offsets.clear();
    this.offsets.set(slot, offset);
  }
}
