/**
 * Instants. On the wire RFC 3339 with a zone; inside UTC with milliseconds (`2026-05-01T10:00:00.000Z`), so that text
 * order is time order. Fractions beyond ms are cut, a leap second is refused, and so is a day that does not exist
 * (`Date.parse` would roll February 30 into March). Years 0000 to 9999.
 */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const EARLIEST = -62_167_219_200_000;
const LATEST = 253_402_300_799_999;

/** Milliseconds since 1970 of an RFC 3339 instant, or undefined when it is not one. */
export function parseInstant(text: string): number | undefined {
  // The form that services write, 24 characters: V8 reads it exactly and refuses impossible days itself, but for 24:00
  // and for days 29 to 31 of shorter months.
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = zoneMinutes(match);
  if (zone === undefined) return undefined;
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const day0 = new Date(0).setUTCFullYear(year, month - 1, day);
  const at = day0 + ((hour * 60 + minute - zone) * 60 + second) * 1000 + ms;
  return at < EARLIEST || at > LATEST ? undefined : at;
}

type Six = [number, number, number, number, number, number];

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

function zoneMinutes(match: RegExpExecArray): number | undefined {
  if (match[8] === undefined) return 0;
  const hours = Number(match[9]);
  const minutes = Number(match[10]);
  if (hours > 23 || minutes > 59) return undefined;
  return (match[8] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** The one form inside: UTC, three decimals, `Z`. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && parseInstant(value) !== undefined;
}
