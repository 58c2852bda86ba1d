import { describe, expect, it } from '@jest/globals';
import { dueAt, isNews, publishedAt } from './publication.js';
import type { Measurement } from './figure.js';
import { EMPTY_TALLY } from './tally.js';
import type { Tally } from './tally.js';

const RULE = { graceMs: 1_000, quietMs: 30, quietMaxMs: 600, againQuietMs: 5, againEveryMs: 60 };
const change = {
  endMs: 10_000,
  dirtySinceMs: 20_000,
  changedAtMs: 20_000,
  publishedAtMs: undefined,
};

describe('a bucket is published', () => {
  it('first when its end, the grace and a quiet while have passed', () => {
    expect(dueAt({ ...change, dirtySinceMs: 9_000, changedAtMs: 9_500 }, RULE)).toBe(11_000);
    expect(dueAt(change, RULE)).toBe(20_030);
  });

  it('however restless it is, after the longest wait', () => {
    expect(dueAt({ ...change, changedAtMs: 90_000 }, RULE)).toBe(20_600);
  });

  it('again after a shorter quiet, but not more often than allowed', () => {
    expect(dueAt({ ...change, publishedAtMs: 19_000 }, RULE)).toBe(20_005);
    expect(dueAt({ ...change, publishedAtMs: 19_990 }, RULE)).toBe(20_050);
  });

  it('only with news', () => {
    const measured = (tally: Partial<Tally>, bin = 1): Measurement => ({
      tally: { ...EMPTY_TALLY, ...tally },
      bins: new Map([[bin, 1]]),
    });
    const none = { tally: EMPTY_TALLY, bins: new Map() };
    const one = measured({ items: 1, n: 1 });
    expect(isNews(none, undefined)).toBe(false);
    expect(isNews(one, undefined)).toBe(true);
    expect(isNews(one, one)).toBe(false);
    expect(isNews(none, one)).toBe(true);
    expect(isNews(measured({ items: 1, n: 1, provisional: 1 }), one)).toBe(true);
    expect(isNews(measured({ items: 1, n: 1 }, 2), one)).toBe(true);
  });

  it('never twice at one instant', () => {
    expect(publishedAt(5, undefined)).toBe(5);
    expect(publishedAt(5, 4)).toBe(5);
    expect(publishedAt(5, 5)).toBe(6);
    expect(publishedAt(5, 9)).toBe(10);
  });
});
