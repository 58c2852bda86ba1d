import { describe, expect, it } from '@jest/globals';
import { score, SCORE_SEEDS } from './score.js';

/**
 * The committed floor of `simulate --score`, on fewer people than the command takes (300 instead of 2,000 a seed). Lowest
 * seen when it was set: precision 0.970, recall 0.716. Raising it is welcome; a change that falls below has made people worse.
 */
const FLOOR = { precision: 0.96, recall: 0.7 };

describe('the people that identity finds', () => {
  const rows = SCORE_SEEDS.map((seed) => score({ seed, customers: 300, days: 30, rate: 1 }));

  it.each(rows)('reach the floor on seed $seed', ({ identity }) => {
    expect(identity.precision).toBeGreaterThanOrEqual(FLOOR.precision);
    expect(identity.recall).toBeGreaterThanOrEqual(FLOOR.recall);
  });

  it.each(rows)('mix people up less often than connected components on seed $seed', (row) => {
    expect(row.identity.precision).toBeGreaterThan(row.baseline.precision);
    expect(row.identity.f1).toBeGreaterThan(row.baseline.f1);
  });
});
