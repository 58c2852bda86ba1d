import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { horizonOf } from './horizon.js';

const DAY_MS = 86_400_000;
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const days = fc.integer({ min: 1, max: 36_500 });

describe('the horizon of a tenant', () => {
  it('is a midnight, and takes nothing that is as old as the tenant keeps, or younger', () => {
    fc.assert(
      fc.property(instant, days, (now, retentionDays) => {
        const horizon = horizonOf(now, retentionDays);
        expect(horizon % DAY_MS === 0).toBe(true);
        expect(horizon).toBeLessThanOrEqual(now - retentionDays * DAY_MS);
        expect(horizon).toBeGreaterThan(now - (retentionDays + 1) * DAY_MS);
      }),
    );
  });
});
