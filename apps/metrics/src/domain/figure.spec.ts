import { describe, expect, it } from '@jest/globals';
import { amountOf, figureOf } from './figure.js';
import { intervalOf } from './interval.js';
import { kpiNamed } from './catalogue/index.js';
import type { Tally } from './tally.js';

const tally = (n: number, numerator: bigint, squares = numerator): Tally => ({
  items: n,
  provisional: 0,
  n,
  numerator,
  squares,
});
const figure = (name: string, counted: Tally): ReturnType<typeof figureOf> => {
  const kpi = kpiNamed(name);
  if (kpi === undefined) throw new Error(`no KPI ${name}`);
  return figureOf(kpi, { tally: counted, bins: new Map() });
};

describe('money', () => {
  it('leaves as a decimal string with two to four decimals, exact beyond 2^53', () => {
    const text = (integer: bigint): unknown => amountOf('money', integer);
    expect(text(2_440_919_400n)).toBe('244091.94');
    expect(text(0n)).toBe('0.00');
    expect(text(5n)).toBe('0.0005');
    expect(text(-12_500n)).toBe('-1.25');
    expect(text(-12_340n)).toBe('-1.234');
    expect(text(123_456_789_012_345_678_901_234n)).toBe('12345678901234567890.1234');
  });
});

describe('a figure', () => {
  it('has no value when nothing was counted', () => {
    for (const name of ['orders', 'revenue', 'nps', 'service-level', 'average-handle-time']) {
      expect(figure(name, tally(0, 0n))).toMatchObject({ value: null, n: 0, interval: null });
    }
  });

  it('of net promoters: 7 of 10 promote, 2 detract', () => {
    const { value, interval } = figure('nps', tally(10, 5n, 9n));
    expect(value).toBe(50);
    // SE = √((0.9 − 0.25)/10) = 0.25495
    expect(interval?.low).toBeCloseTo(50 - 49.969, 2);
    expect(interval?.high).toBeCloseTo(50 + 49.969, 2);
  });

  it('of net promoters stays within −100 and 100 when few answered', () => {
    expect(figure('nps', tally(4, -1n, 3n)).interval?.low).toBe(-100);
    expect(figure('nps', tally(4, 1n, 3n)).interval?.high).toBe(100);
  });

  it('of scores is in points of the scale', () => {
    expect(figure('ces', tally(2, 1_100n, 620_000n))).toMatchObject({
      value: 5.5,
      n: 2,
      numerator: 11,
    });
  });
});

describe('an interval', () => {
  it("of a share is Wilson's: 81 of 263 (Newcombe 1998)", () => {
    const interval = intervalOf('share', tally(263, 81n));
    expect(interval?.low).toBeCloseTo(0.2553, 4);
    expect(interval?.high).toBeCloseTo(0.3662, 4);
  });

  it('stays inside 0 and 1 and open at the ends', () => {
    const none = intervalOf('share', tally(20, 0n));
    expect(none?.low).toBe(0);
    expect(none?.high).toBeCloseTo(0.1611, 4);
  });

  it('of a mean comes from the exact sums, also where floats would cancel', () => {
    // 10⁹, 10⁹ + 1, 10⁹ + 2: variance 1
    const values = [1_000_000_000n, 1_000_000_001n, 1_000_000_002n];
    const squares = values.reduce((sum, value) => sum + value * value, 0n);
    const interval = intervalOf('mean', tally(3, 3_000_000_003n, squares));
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeCloseTo(
      (2 * 1.959964) / Math.sqrt(3),
      5,
    );
  });

  it('is absent for counts, sums and single values', () => {
    expect(intervalOf('count', tally(5, 5n))).toBeNull();
    expect(intervalOf('sum', tally(5, 5n))).toBeNull();
    expect(intervalOf('mean', tally(1, 5n))).toBeNull();
  });
});
