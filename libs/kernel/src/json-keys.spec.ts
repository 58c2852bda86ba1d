import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasKeyEndingInBackslash } from './json-keys.js';

const text = fc
  .array(fc.constantFrom('\\', '"', ':', 'a', 'u005c', 'é', '{', '\n'), { maxLength: 6 })
  .map((parts) => parts.join(''));
const json = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(text, tie('node'), { maxKeys: 3 }),
  ),
})).node;

/** Over the value: what a text made of it holds. */
function hasSuchKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return own.some((key) => /\\(u005c)?$/.test(key)) || Object.values(value).some(hasSuchKey);
}

describe('a key that ends in a backslash', () => {
  it('is found in every text that has one, and in no other', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1), (value, indent) => {
        expect(hasKeyEndingInBackslash(JSON.stringify(value, null, indent))).toBe(
          hasSuchKey(value),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('is found as an escape too, with white space before the colon', () => {
    expect(hasKeyEndingInBackslash('{"a":{"b\\u005C" \n: 1}}')).toBe(true);
    expect(hasKeyEndingInBackslash('{"a":"b\\\\", "c": "\\\\:"}')).toBe(false);
  });

  it('is found in a text that breaks off', () => {
    expect(hasKeyEndingInBackslash('{"a\\\\":')).toBe(true);
    expect(hasKeyEndingInBackslash('{"a\\')).toBe(false);
  });
});
