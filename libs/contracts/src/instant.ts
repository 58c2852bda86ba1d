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
  return parseCanonical(text) ?? parseAny(text);
}

/** `2026-05-01T10:00:00.000Z`, by its digits: four times as fast as the pattern, and nearly all are of this form. */
function parseCanonical(text: string): number | undefined {
  if (!isCanonical(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const ms = digits(text, 20, 23);
  // A part that is no number is NaN and fails every comparison.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59 && ms >= 0)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** The one form inside, judged by its marks only. */
function isCanonical(text: string): boolean {
  return (
    text.length === 24 &&
    text[10] === 'T' &&
    text[23] === 'Z' &&
    text[19] === '.' &&
    text[4] === '-' &&
    text[7] === '-' &&
    text[13] === ':' &&
    text[16] === ':'
  );
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function parseAny(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = zoneMinutes(match);
  if (zone === undefined) return undefined;
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const dayAt = new Date(0).setUTCFullYear(year, month - 1, day);
  const at = dayAt + ((hour * 60 + minute - zone) * 60 + second) * 1000 + ms;
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

/** The one form inside of a valid instant; its own text when it has that form already. */
export function canonicalInstant(text: string, ms: number): string {
  return isCanonical(text) ? text : formatInstant(ms);
}

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && parseInstant(value) !== undefined;
}
