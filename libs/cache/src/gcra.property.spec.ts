import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { priceOf, settled, type Rate } from './gcra.js';

const rates: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.integer({ min: 1, max: 100_000 }),
  burst: fc.integer({ min: 1, max: 5_000 }),
});
const calls = fc.array(
  fc.record({
    pauseUs: fc.integer({ min: 0, max: 400_000 }),
    cost: fc.integer({ min: 0, max: 2_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Admitted {
  readonly at: number;
  readonly cost: number;
}

/** One bucket over time. */
class Bucket {
  private fullAt = 0;
  now = 1_000_000;

  constructor(private readonly rate: Rate) {}

  take(cost: number) {
    const owed = Math.max(0, this.fullAt - this.now);
    const [said] = settled([owed], [{ key: 'k', rate: this.rate, cost }]);
    if (said === undefined) throw new Error('one demand has one answer');
    this.fullAt = this.now + said.owedUs;
    return said;
  }
}

describe('a rate', () => {
  it('lets through in no span more than its limit and its burst', () => {
    fc.assert(
      fc.property(rates, calls, (rate, history) => {
        const bucket = new Bucket(rate);
        const admitted: Admitted[] = [];
        for (const { pauseUs, cost } of history) {
          bucket.now += pauseUs;
          if (bucket.take(cost).isAdmitted) admitted.push({ at: bucket.now, cost });
        }
        admitted.forEach((first, from) => {
          let sum = 0;
          for (const { at, cost } of admitted.slice(from)) {
            // What is larger than the burst comes alone, on a full bucket.
            sum += Math.min(cost, rate.burst);
            const spanS = (at - first.at) / 1_000_000;
            expect(sum).toBeLessThanOrEqual(rate.perSecond * spanS + rate.burst);
          }
        });
      }),
    );
  });

  it('is paid for in full, also by what is larger than the burst', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 10_000 }), (rate, cost) => {
        const bucket = new Bucket(rate);
        expect(bucket.take(cost).isAdmitted).toBe(true);
        bucket.now += priceOf({ rate, cost }).due - 1;
        expect(bucket.take(rate.burst).isAdmitted).toBe(false);
      }),
    );
  });

  it('admits who waited as long as told, and not a millisecond earlier', () => {
    fc.assert(
      fc.property(rates, calls, (rate, history) => {
        const bucket = new Bucket(rate);
        for (const { pauseUs, cost } of history) {
          bucket.now += pauseUs;
          const { isAdmitted, retryAfterMs } = bucket.take(cost);
          expect(isAdmitted).toBe(retryAfterMs === 0);
          if (isAdmitted) continue;
          bucket.now += (retryAfterMs - 1) * 1_000;
          expect(bucket.take(cost).isAdmitted).toBe(false);
          bucket.now += 1_000;
          expect(bucket.take(cost).isAdmitted).toBe(true);
        }
      }),
    );
  });

  it('says truly how much is left, and when all of it will be', () => {
    fc.assert(
      fc.property(rates, calls, (rate, history) => {
        const bucket = new Bucket(rate);
        for (const { pauseUs, cost } of history) {
          bucket.now += pauseUs;
          const { remaining, resetMs } = bucket.take(cost);
          if (remaining < rate.burst) expect(bucket.take(remaining + 1).isAdmitted).toBe(false);
          expect(remaining === 0 || bucket.take(remaining).isAdmitted).toBe(true);
          bucket.now += resetMs * 1_000 + priceOf({ rate, cost: remaining }).due;
          expect(bucket.take(0).remaining).toBe(rate.burst);
        }
      }),
    );
  });

  it('charges several demands together or not at all', () => {
    const rate = { perSecond: 10, burst: 10 };
    const demands = [
      { key: 'a', rate, cost: 1 },
      { key: 'b', rate, cost: 5 },
    ];
    const [a, b] = settled([0, 900_000], demands);
    expect([a?.isAdmitted, b?.isAdmitted]).toEqual([true, false]);
    expect([a?.owedUs, b?.owedUs]).toEqual([0, 900_000]);
    expect(b?.retryAfterMs).toBe(400);
  });
});
