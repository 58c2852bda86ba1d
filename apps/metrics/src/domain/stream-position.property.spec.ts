import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STREAM_TYPES } from '#contracts';
import { decodePosition, encodePosition, logName } from './stream-position.js';

const place = fc.record({
  topic: fc.constantFrom(...STREAM_TYPES.map(({ topic }) => topic)),
  partition: fc.nat(300),
  next: fc.oneof(fc.nat(), fc.maxSafeNat()),
});
const position = fc.record({
  log: fc.string().map(logName),
  issuedAt: fc.nat(),
  places: fc.uniqueArray(place, { selector: (each) => `${each.topic} ${each.partition}` }),
});

describe('a position in the stream', () => {
  it('comes back from its bytes', () => {
    fc.assert(
      fc.property(position, (given) => {
        const read = decodePosition(encodePosition(given));
        expect({ ...read, places: new Set(read?.places) }).toEqual({
          ...given,
          places: new Set(given.places),
        });
      }),
    );
  });

  it('is not read from any other bytes than those of one, and none make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const read = decodePosition(bytes);
        if (read !== undefined) expect(read.places.every(({ next }) => next >= 0)).toBe(true);
      }),
    );
    const whole = encodePosition({
      log: logName('a'),
      issuedAt: 1,
      places: [{ topic: STREAM_TYPES[0]?.topic ?? '', partition: 300, next: 70_000 }],
    });
    expect(decodePosition(whole.subarray(0, -1))).toBeUndefined();
  });
});
