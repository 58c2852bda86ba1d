/**
 * Reads an instant written in a given format and zone, as ms. Undefined when the text is not such an instant: 30 February
 * is none. Local times that a zone skips or repeats take the offset in force just before the change.
 */
export interface InstantFormat {
  readonly date: string;
  readonly time?: string;
  readonly zone?: string;
}

const WIDTHS = { yyyy: 4, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2, SSS: 3 } as const;
type Token = keyof typeof WIDTHS;
const TOKEN = /yyyy|MM|dd|HH|mm|ss|SSS/g;

export function readInstant(
  text: string,
  { date, time, zone = 'UTC' }: InstantFormat,
): number | undefined {
  if (date === 'iso') return finite(Date.parse(text));
  if (date === 'epoch-s') return scaled(text, 1000);
  if (date === 'epoch-ms') return scaled(text, 1);
  const parts = readTokens(text, date);
  if (!parts) return undefined;
  const [hour = 0, minute = 0] = time ? time.split(':').map(Number) : [parts.HH, parts.mm];
  const local = Date.UTC(
    parts.yyyy ?? 0,
    (parts.MM ?? 1) - 1,
    parts.dd ?? 1,
    hour,
    minute,
    parts.ss ?? 0,
    parts.SSS ?? 0,
  );
  if (!isSameDate(local, parts) || hour > 23 || minute > 59 || (parts.ss ?? 0) > 59)
    return undefined;
  return toUtc(local, zone);
}

function readTokens(text: string, format: string): Partial<Record<Token, number>> | undefined {
  const tokens = (format.match(TOKEN) ?? []) as Token[];
  const literals = format
    .split(TOKEN)
    .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = tokens
    .map((token, index) => `${literals[index]}(\\d{${WIDTHS[token]}})`)
    .join('');
  const match = new RegExp(`^${pattern}${literals.at(-1) ?? ''}$`).exec(text);
  if (!match || tokens.length === 0) return undefined;
  return Object.fromEntries(tokens.map((token, index) => [token, Number(match[index + 1])]));
}

function isSameDate(
  local: number,
  { yyyy, MM = 1, dd = 1 }: Partial<Record<Token, number>>,
): boolean {
  const date = new Date(local);
  return (
    date.getUTCFullYear() === yyyy && date.getUTCMonth() + 1 === MM && date.getUTCDate() === dd
  );
}

function toUtc(local: number, zone: string): number | undefined {
  if (zone === 'UTC') return local;
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return local - (offset[1] === '-' ? -1 : 1) * minutes * 60_000;
  }
  return local - zoneOffsetMs(local - zoneOffsetMs(local - 86_400_000, zone), zone);
}

/** What the zone's clocks show less UTC at this instant. */
function zoneOffsetMs(at: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => Number(shown.find((each) => each.type === type)?.value ?? 0);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(at / 1000) * 1000;
}

function scaled(text: string, factor: number): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? finite(Math.round(Number(text) * factor)) : undefined;
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
