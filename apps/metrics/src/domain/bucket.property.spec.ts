import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calendarOf, PERIODS } from './bucket.js';
import { HOUR_MS } from './local-time.js';
import { periodsOf, splitSpan } from './window.js';

/** Around a change of clocks, or in a zone that is off the hour. */
const ZONES: readonly (readonly [zone: string, around: string])[] = [
  ['UTC', '2026-03-01T00:00:00Z'],
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['Asia/Kolkata', '2026-05-01T00:00:00Z'],
  ['Asia/Kathmandu', '2026-05-01T00:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['America/St_Johns', '2010-11-07T02:31:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
];
const anyPlace = fc
  .tuple(fc.constantFrom(...ZONES), fc.integer({ min: -40 * HOUR_MS, max: 40 * HOUR_MS }))
  .map(([[zone, around], shift]) => ({ zone, atMs: Date.parse(around) + shift }));

/** The wall clock as `2026-03-29 03` with its offset, by formatting alone. */
function localHour(zone: string, atMs: number): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    timeZoneName: 'longOffset',
  }).format(atMs);
}

describe('buckets', () => {
  it('cut time without gap or overlap into spans of at most an hour in which the local hour stands still', () => {
    fc.assert(
      fc.property(anyPlace, ({ zone, atMs }) => {
        const calendar = calendarOf(zone);
        const start = calendar.startOf(atMs);
        const end = calendar.endOf(start);
        expect(start).toBeLessThanOrEqual(atMs);
        expect(end).toBeGreaterThan(atMs);
        expect(end - start).toBeLessThanOrEqual(HOUR_MS);
        expect(calendar.startOf(start)).toBe(start);
        expect(calendar.startOf(end)).toBe(end);
        expect(calendar.startOf(end - 1)).toBe(start);
        expect(localHour(zone, start)).toBe(localHour(zone, end - 1));
        expect(localHour(zone, end)).not.toBe(localHour(zone, start));
      }),
      { numRuns: 1_000 },
    );
  });

  it('fill days, weeks and months exactly', () => {
    fc.assert(
      fc.property(anyPlace, fc.constantFrom(...PERIODS), ({ zone, atMs }, period) => {
        const calendar = calendarOf(zone);
        const start = calendar.startOfPeriod(period, atMs);
        const end = calendar.endOfPeriod(period, start);
        expect(start).toBeLessThanOrEqual(atMs);
        expect(end).toBeGreaterThan(atMs);
        expect(calendar.startOf(start)).toBe(start);
        expect(calendar.startOf(end)).toBe(end);
      }),
      { numRuns: 1_000 },
    );
  });

  it('and edges make up every span, and so do its periods', () => {
    const anyLength = fc.integer({ min: 1, max: 5_000 }).map((minutes) => minutes * 60_000);
    fc.assert(
      fc.property(
        anyPlace,
        anyLength,
        fc.constantFrom(...PERIODS),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
        ({ zone, atMs }, length, period, fractions) => {
          const calendar = calendarOf(zone);
          const span = { fromMs: atMs, toMs: atMs + length };
          const cuts = fractions.map((fraction) => atMs + Math.floor(fraction * length));
          const { whole, edges } = splitSpan(span, calendar, cuts);
          for (const { fromMs, toMs } of whole) {
            expect([fromMs, toMs].map((at) => calendar.startOf(at))).toEqual([fromMs, toMs]);
            expect(cuts.filter((cut) => cut > fromMs && cut < toMs)).toEqual(
              cuts.filter((cut) => cut > fromMs && cut < toMs && calendar.startOf(cut) === cut),
            );
          }
          const parts = [...edges, ...whole].sort((a, b) => a.fromMs - b.fromMs);
          for (const pieces of [parts, periodsOf(span, period, calendar)]) {
            expect(pieces[0]?.fromMs).toBe(span.fromMs);
            expect(pieces.at(-1)?.toMs).toBe(span.toMs);
            for (const [index, piece] of pieces.entries()) {
              expect(piece.fromMs).toBeLessThan(piece.toMs);
              if (index > 0) expect(pieces[index - 1]?.toMs).toBe(piece.fromMs);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
