import { describe, expect, it } from '@jest/globals';
import { mergePatch } from './merge-patch.js';

describe('a merge patch', () => {
  /** The table of RFC 7396, appendix A. */
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('makes of %s with %s: %s', (target, patch, result) => {
    expect(mergePatch(target, patch)).toBe(result);
  });

  it('keeps the digits of numbers that no double holds, and replaces a number by an object', () => {
    expect(mergePatch('{"a":1e400,"b":12345678901234567890}', '{"c":1.10}')).toBe(
      '{"a":1e400,"b":12345678901234567890,"c":1.10}',
    );
    expect(mergePatch('{"a":1}', '{"a":{"b":2}}')).toBe('{"a":{"b":2}}');
  });

  it('takes __proto__ for a name like any other', () => {
    expect(mergePatch('{}', '{"__proto__":{"a":1}}')).toBe('{"__proto__":{"a":1}}');
  });
});
