import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalInstant, formatInstant, parseInstant } from './instant.js';

describe('an instant', () => {
  it.each([
    ['2026-05-01T10:00:00.000Z', '2026-05-01T10:00:00.000Z'],
    ['2026-05-01T10:00:00Z', '2026-05-01T10:00:00.000Z'],
    ['2026-05-01t10:00:00.1z', '2026-05-01T10:00:00.100Z'],
    ['2026-05-01T10:00:00.123456789Z', '2026-05-01T10:00:00.123Z'],
    ['2026-05-01T00:30:00+02:00', '2026-04-30T22:30:00.000Z'],
    ['2026-05-01T10:00:00.999-00:00', '2026-05-01T10:00:00.999Z'],
    ['2024-02-29T12:00:00.000Z', '2024-02-29T12:00:00.000Z'],
    ['0050-01-31T00:00:00.000Z', '0050-01-31T00:00:00.000Z'],
  ])('%s is %s', (text, canonical) => {
    const ms = parseInstant(text) ?? Number.NaN;
    expect(formatInstant(ms)).toBe(canonical);
    expect(canonicalInstant(text, ms)).toBe(canonical);
  });

  it.each([
    '',
    '2026-05-01',
    '2026-05-01T10:00:00',
    '2026-05-01 10:00:00Z',
    '2026-5-1T10:00:00Z',
    '2026-02-29T10:00:00.000Z',
    '2026-04-31T10:00:00.000Z',
    '2026-00-01T10:00:00.000Z',
    '2026-13-01T10:00:00.000Z',
    '2026-05-00T10:00:00.000Z',
    '2026-05-01T24:00:00.000Z',
    '2026-05-01T10:60:00.000Z',
    '2026-05-01T10:00:60.000Z',
    '2026-05-01T10:00:00.Z',
    '2026-05-01T10:00:00.0000000000Z',
    '2026-05-01T10:00:00+24:00',
    '2026-05-01T10:00:00+02',
    '2026-05-01T10:00:0x.000Z',
    '-02026-05-01T10:00:00Z',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '٢٠٢٦-05-01T10:00:00.000Z',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('survives the way to text and back, in order', () => {
    const ms = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        expect(parseInstant(formatInstant(a))).toBe(a);
        expect(formatInstant(a) < formatInstant(b)).toBe(a < b);
      }),
      { numRuns: 1000 },
    );
  });

  it('means the same in every zone', () => {
    const minutes = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), minutes, (ms, zone) => {
        const local = formatInstant(ms + zone * 60_000).slice(0, -1);
        const size = Math.abs(zone);
        const [hour, minute] = [Math.floor(size / 60), size % 60].map((part) =>
          String(part).padStart(2, '0'),
        );
        expect(parseInstant(`${local}${zone < 0 ? '-' : '+'}${hour}:${minute}`)).toBe(ms);
      }),
    );
  });
});
