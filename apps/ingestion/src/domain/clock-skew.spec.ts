import { describe, expect, it } from '@jest/globals';
import { DAY_MS, readClock } from './clock-skew.js';

const RECEIVED = Date.UTC(2026, 4, 1, 10, 0, 0);
const read = (occurredAt: number, sentAt?: number, isLive = true) =>
  readClock({ occurredAt, sentAt, receivedAt: RECEIVED, isLive });
/** What the clock was off, for something that happened and was sent at once. */
const sentOff = (offMs: number) => read(RECEIVED - offMs, RECEIVED - offMs);

describe('a wrong clock', () => {
  it.each([0, 1, 59_999, 60_000])(
    'is left alone when it is %d ms slow: that is the network',
    (offMs) => {
      expect(sentOff(offMs)).toEqual({ kind: 'read', occurredAt: RECEIVED - offMs, flags: [] });
    },
  );

  it.each([
    ['60.001 s slow', 60_001, -1],
    ['61.5 s slow', 61_500, -500],
    ['an hour slow', 3_600_000, 0],
    ['24 h slow', DAY_MS, 0],
    ['60.001 s fast', -60_001, -999],
    ['24 h fast', -DAY_MS, 0],
  ])('is corrected by whole seconds when it is %s', (_name, offMs, left) => {
    const occurredAt = RECEIVED + left;
    expect(sentOff(offMs)).toEqual({ kind: 'read', occurredAt, flags: ['clock-corrected'] });
  });

  it('never pushes an instant past its receipt by rounding', () => {
    for (let offMs = -62_000; offMs < -60_000; offMs += 7) {
      expect(sentOff(offMs)).toMatchObject({ flags: ['clock-corrected'] });
    }
  });

  it('is kept and flagged when it is slow by more than a day', () => {
    const off = DAY_MS + 1;
    expect(sentOff(off)).toEqual({
      kind: 'read',
      occurredAt: RECEIVED - off,
      flags: ['clock-suspect'],
    });
  });

  it('is refused when it is fast by more than a day: nothing is corrected, and the future is left', () => {
    expect(sentOff(-DAY_MS - 1)).toEqual({ kind: 'in-future' });
  });

  it('is not corrected in a file: it was sent long after it was written', () => {
    const occurredAt = RECEIVED - 7_200_000;
    expect(read(occurredAt, RECEIVED - 3_600_000, false)).toEqual({
      kind: 'read',
      occurredAt,
      flags: [],
    });
  });

  it('moves an instant before the sending as far as the sending', () => {
    const outcome = read(RECEIVED - 600_000 - 5_000, RECEIVED - 600_000);
    expect(outcome).toEqual({
      kind: 'read',
      occurredAt: RECEIVED - 5_000,
      flags: ['clock-corrected'],
    });
  });
});

describe('an instant ahead of its receipt', () => {
  it.each([1, 1000, DAY_MS])('of %d ms is set to the receipt and flagged', (aheadMs) => {
    expect(read(RECEIVED + aheadMs)).toEqual({
      kind: 'read',
      occurredAt: RECEIVED,
      flags: ['future-clamped'],
    });
  });

  it('of more than 24 h is refused, live or not', () => {
    expect(read(RECEIVED + DAY_MS + 1)).toEqual({ kind: 'in-future' });
    expect(read(RECEIVED + DAY_MS + 1, undefined, false)).toEqual({ kind: 'in-future' });
  });

  it('is judged after the correction', () => {
    // The clock is two hours fast: what it calls an hour ahead was an hour ago.
    const outcome = read(RECEIVED + 3_600_000, RECEIVED + 7_200_000);
    expect(outcome).toEqual({
      kind: 'read',
      occurredAt: RECEIVED - 3_600_000,
      flags: ['clock-corrected'],
    });
  });

  it('may be corrected and still lie ahead', () => {
    const outcome = read(RECEIVED, RECEIVED - 3_600_000);
    expect(outcome).toEqual({
      kind: 'read',
      occurredAt: RECEIVED,
      flags: ['clock-corrected', 'future-clamped'],
    });
  });
});
