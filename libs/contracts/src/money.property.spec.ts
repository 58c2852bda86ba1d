import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatMoney, parseMoney } from './money.js';

describe('money', () => {
  it.each([
    ['11.77', 117_700],
    [11.77, 117_700],
    ['0', 0],
    ['-0', 0],
    [-0, 0],
    ['-3.5', -35_000],
    [1e3, 10_000_000],
    ['0.0001', 1],
    ['900719925474.0991', Number.MAX_SAFE_INTEGER],
    ['-900719925474.0991', -Number.MAX_SAFE_INTEGER],
    ['007.10', 71_000],
  ])('%j is %d ten-thousandths', (value, units) => {
    expect(parseMoney(value)).toBe(units);
  });

  it.each([
    '',
    ' 1',
    '1.',
    '.5',
    '1.00001',
    '1e3',
    '1,000.00',
    '+1',
    '0x10',
    '900719925474.0992',
    '9'.repeat(13),
    'NaN',
    0.1 + 0.2,
    1e21,
    1e-7,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    true,
    {},
    5n,
  ])('%j is none', (value) => {
    expect(parseMoney(value)).toBeUndefined();
  });

  it('survives the way to text and back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (units) => {
        expect(parseMoney(formatMoney(units))).toBe(units === 0 ? 0 : units);
      }),
    );
  });

  it('is written with two decimals and more only when they count', () => {
    expect([0, 117_700, 5, 50, -10_000, 12_340_000].map((units) => formatMoney(units))).toEqual([
      '0.00',
      '11.77',
      '0.0005',
      '0.005',
      '-1.00',
      '1234.00',
    ]);
  });

  it('of a sum beyond 2^53 is exact', () => {
    expect(formatMoney(90_071_992_547_409_931_234n)).toBe('9007199254740993.1234');
  });

  it('adds as integers do, in any order', () => {
    const cents = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }));
    fc.assert(
      fc.property(cents, (amounts) => {
        const sum = amounts.reduce(
          (total, amount) => total + (parseMoney((amount / 100).toFixed(2)) ?? Number.NaN),
          0,
        );
        expect(sum).toBe(amounts.reduce((total, amount) => total + amount * 100, 0));
      }),
    );
  });
});
