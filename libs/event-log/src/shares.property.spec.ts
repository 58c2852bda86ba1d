import { describe, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fairShares } from './shares.js';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('fair shares', () => {
  it('fill the batch whenever enough waits, take nothing that is not there, and starve nobody', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2_000), { maxLength: 40 }),
        fc.integer({ min: 1, max: 500 }),
        (available, budget) => {
          const shares = fairShares(available, budget);
          const equal = Math.floor(budget / Math.max(1, available.length));
          return (
            sum(shares) === Math.min(budget, sum(available)) &&
            shares.every((share, index) => share >= Math.min(available[index] ?? 0, equal)) &&
            shares.every((share, index) => share <= (available[index] ?? 0))
          );
        },
      ),
    );
  });
});
