import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeRecords, encodeRecords } from './record-codec.js';

const anyText = fc.string({ unit: 'binary' });
const anyRecord = fc.record({
  topic: anyText,
  key: fc.oneof(anyText, fc.constantFrom('\u0000', '\ud800', 'a\u001fb')),
  headers: fc.dictionary(anyText, anyText, { noNullPrototype: true }),
  value: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
});

test('records come back as they went in, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 20 }), (records) => {
      expect(decodeRecords(encodeRecords(records))).toEqual(records);
    }),
  );
});

test('an unknown format is refused, not guessed', () => {
  expect(() => decodeRecords(Buffer.from([9, 0, 0, 0, 2, 91, 93]))).toThrow(/format 9/);
});
