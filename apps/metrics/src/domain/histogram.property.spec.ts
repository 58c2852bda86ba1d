import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addToBins,
  BIN_HIGH,
  binOf,
  binValue,
  HISTOGRAM_MAX,
  mergeBins,
  percentile,
} from './histogram.js';

const anyValue = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 1, max: HISTOGRAM_MAX }),
  fc.constantFrom(...BIN_HIGH.slice(1, -1), ...BIN_HIGH.slice(1, -1).map((high) => high + 1)),
);
const binsOf = (values: readonly number[]): Map<number, number> => {
  const bins = new Map<number, number>();
  for (const value of values) addToBins(bins, value, 1);
  return bins;
};

describe('a histogram over fixed bins', () => {
  it('stands for every value from 1 ms to 10¹⁰ ms with at most 1 % error', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bin = binOf(value);
        const high = BIN_HIGH[bin] ?? -1;
        const low = bin === 0 ? 0 : (BIN_HIGH[bin - 1] ?? -1) + 1;
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThanOrEqual(high);
        // (high − low)/(high + low) ≤ 1/100, in integers: floats would blur the bound itself
        expect(100 * (high - low)).toBeLessThanOrEqual(high + low);
        expect(binValue(bin)).toBeGreaterThanOrEqual(low);
        expect(binValue(bin)).toBeLessThanOrEqual(high);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has the published bins: a change here needs new versions of all KPIs with percentiles', () => {
    expect([BIN_HIGH.length, ...BIN_HIGH.slice(0, 4), BIN_HIGH[60], BIN_HIGH.at(-1)])
      .toMatchInlineSnapshot(`
     [
       985,
       0,
       1,
       2,
       3,
       71,
       10100231332,
     ]
    `);
  });

  it('counts values beyond its ends in the first and last bin', () => {
    expect(binOf(-5)).toBe(0);
    expect(binOf(HISTOGRAM_MAX * 5)).toBe(BIN_HIGH.length - 1);
  });

  it('forgets what is removed, and merges to the histogram of all values', () => {
    fc.assert(
      fc.property(fc.array(anyValue), fc.array(anyValue), (kept, other) => {
        const merged = binsOf(kept);
        mergeBins(merged, binsOf(other));
        expect(new Map([...merged].sort(([a], [b]) => a - b))).toEqual(
          new Map([...binsOf([...other, ...kept])].sort(([a], [b]) => a - b)),
        );
        for (const value of other) addToBins(merged, value, -1);
        expect(merged).toEqual(binsOf(kept));
      }),
      { numRuns: 500 },
    );
  });

  it('gives as percentile the bin of the exact nearest rank', () => {
    const anyShare = fc.constantFrom(0.01, 0.5, 0.9, 0.95, 1);
    fc.assert(
      fc.property(
        fc.array(anyValue, { minLength: 1, maxLength: 60 }),
        anyShare,
        (values, share) => {
          const exact = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? 0;
          expect(percentile(binsOf(values), share)).toBe(binValue(binOf(exact)));
        },
      ),
      { numRuns: 500 },
    );
    expect(percentile(new Map(), 0.5)).toBeNull();
  });
});
