import { describe, expect, it } from '@jest/globals';
import { mapRecord } from './map-record.js';
import type { FieldRule, Mapping } from './mapping.js';
import { readInstant } from './read-instant.js';

const mapping = (fields: Record<string, FieldRule>, rest: Partial<Mapping> = {}): Mapping => ({
  format: 'csv',
  constants: {},
  fields,
  ...rest,
});

describe('mapping a record', () => {
  it('puts constants, fields, data and identifiers in their places', () => {
    const mapped = mapRecord(
      mapping(
        {
          'identifiers.email': { column: 'mail', as: 'lower' },
          'identifiers.customerId': { column: 'no', prefix: 'C-' },
          'data.value': { column: 'value', as: 'decimal' },
          'data.deep.count': { column: 'count', as: 'integer' },
          channel: { column: 'kind', values: { SHOP: 'store' } },
        },
        { source: 's', constants: { type: 'order.placed', 'data.currency': 'EUR' } },
      ),
      { mail: ' Jane@Example.com ', no: '7', value: '12.50', count: '3', kind: 'SHOP' },
    );
    expect(mapped).toEqual({
      ok: true,
      value: {
        source: 's',
        type: 'order.placed',
        channel: 'store',
        identifiers: [
          { type: 'email', value: 'jane@example.com' },
          { type: 'customerId', value: 'C-7' },
        ],
        data: { currency: 'EUR', value: '12.50', deep: { count: 3 } },
      },
    });
  });

  it('leaves empty values out and takes defaults', () => {
    const fields = { topic: { column: 'a' }, queue: { column: 'b', default: 'none' } };
    expect(mapRecord(mapping(fields), { a: ' ', b: '' })).toEqual({
      ok: true,
      value: { queue: 'none' },
    });
  });

  it('keeps decimals as text, so that no digit is lost', () => {
    const fields = { 'data.value': { column: 'v', as: 'decimal' } } as const;
    expect(mapRecord(mapping(fields), { v: '0.10' })).toMatchObject({
      value: { data: { value: '0.10' } },
    });
    expect(mapRecord(mapping(fields), { v: '1e3' })).toMatchObject({
      ok: false,
      problem: { detail: 'column v is not a decimal number' },
    });
  });

  it('follows dotted columns into nested JSON', () => {
    const fields = { id: { column: 'event.id' } };
    expect(mapRecord(mapping(fields, { format: 'ndjson' }), { event: { id: 'x' } })).toEqual({
      ok: true,
      value: { id: 'x' },
    });
  });
});

describe('reading an instant', () => {
  const iso = (at: number | undefined) => (at === undefined ? at : new Date(at).toISOString());

  it.each([
    ['19970630', { date: 'yyyyMMdd', time: '12:00' }, '1997-06-30T12:00:00.000Z'],
    ['30.06.1997 14:05', { date: 'dd.MM.yyyy HH:mm', zone: '+02:00' }, '1997-06-30T12:05:00.000Z'],
    [
      '2026-01-15 10:00:00',
      { date: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/Berlin' },
      '2026-01-15T09:00:00.000Z',
    ],
    [
      '2026-07-15 10:00:00',
      { date: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/Berlin' },
      '2026-07-15T08:00:00.000Z',
    ],
    [
      '2026-03-29 03:30:00',
      { date: 'yyyy-MM-dd HH:mm:ss', zone: 'Europe/Berlin' },
      '2026-03-29T01:30:00.000Z',
    ],
    ['1700000000', { date: 'epoch-s' }, '2023-11-14T22:13:20.000Z'],
    ['2026-01-01T00:00:00+01:00', { date: 'iso' }, '2025-12-31T23:00:00.000Z'],
  ])('reads %s', (text, format, expected) => {
    expect(iso(readInstant(text, format))).toBe(expected);
  });

  it.each([
    ['19970230', { date: 'yyyyMMdd' }],
    ['19971301', { date: 'yyyyMMdd' }],
    ['1997-01-01', { date: 'yyyyMMdd' }],
    ['1997010a', { date: 'yyyyMMdd' }],
    ['soon', { date: 'iso' }],
    ['2026-01-01 25:00', { date: 'yyyy-MM-dd HH:mm' }],
  ])('refuses %s', (text, format) => {
    expect(readInstant(text, format)).toBeUndefined();
  });
});
