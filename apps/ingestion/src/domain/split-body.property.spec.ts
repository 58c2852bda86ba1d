import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasKeyEndingInBackslash, pointerSegments } from '#kernel';
import { DEPTH_MAX, INTERACTION_BYTES_MAX, KEYS_MAX } from './limits.js';
import { splitBody } from './split-body.js';
import type { SplitBody } from './split-body.js';

const parseText = (text: string): SplitBody => splitBody(new TextEncoder().encode(text));

/**
 * Naive and recursive, over the value that was made a text: what the scan has to find there. Not over what JSON.parse makes of the
 * text: V8 of Node 24 takes a key that is written with an escape for a backslash, after it has seen a key that is one.
 */
function isWithinLimits(value: unknown, raw: string): boolean {
  const { depth, keys, isClean } = measure(value);
  const bytes = new TextEncoder().encode(raw).length;
  return isClean && depth <= DEPTH_MAX && keys <= KEYS_MAX && bytes <= INTERACTION_BYTES_MAX;
}

function measure(value: unknown): { depth: number; keys: number; isClean: boolean } {
  if (typeof value === 'string') return { depth: 0, keys: 0, isClean: isStorable(value) };
  if (typeof value === 'number') {
    return { depth: 0, keys: 0, isClean: !Number.isInteger(value) || Number.isSafeInteger(value) };
  }
  if (typeof value !== 'object' || value === null) return { depth: 0, keys: 0, isClean: true };
  const own = Array.isArray(value) ? [] : Object.keys(value);
  const parts = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
    keys: parts.reduce((sum, { keys }) => sum + keys, own.length),
    isClean: own.every(isStorable) && parts.every(({ isClean }) => isClean),
  };
}

const isStorable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text);

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc
    .array(
      fc.constantFrom('\0', '\ud800', '\udc00', '\\', '"', '{', '[', ',', ':', 'a', '\u{1f600}'),
      { maxLength: 5 },
    )
    .map((parts) => parts.join('')),
);
const anyKey = anyText.filter((key) => !key.endsWith('\\'));
const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(2 ** 53 + 2, -(2 ** 60), 1e21, 0.1),
);
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    anyText,
    anyNumber,
    fc.constantFrom(true, null),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(anyKey, tie('node'), { maxKeys: 4 }),
  ),
})).node;
const tower = fc
  .integer({ min: 28, max: 36 })
  .map((levels) => JSON.parse('{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2)) as unknown);
const wide = fc
  .integer({ min: 495, max: 505 })
  .map((count) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index])),
  );
const large = fc
  .tuple(fc.constantFrom('x', 'é', '€', '\u{1f600}'), fc.integer({ min: -3, max: 3 }))
  .map(([unit, off]) => {
    const size = new TextEncoder().encode(unit).length;
    return unit.repeat(Math.floor((INTERACTION_BYTES_MAX - 2) / size) + off);
  });
const posted = fc.oneof({ weight: 6, arbitrary: tree }, tower, wide, large);
const spaced = fc.constantFrom('', ' ', '\n\t ');

describe('the scan of a body', () => {
  it('cuts it into the very texts that JSON.parse sees, and finds what is beyond the limits', () => {
    const shape = fc.constantFrom('array', 'batch', 'batch with more');
    fc.assert(
      fc.property(
        fc.array(posted, { minLength: 1, maxLength: 5 }),
        shape,
        spaced,
        (values, kind, space) => {
          const texts = values.map((value) => JSON.stringify(value));
          const list = `[${space}${texts.join(`${space},${space}`)}${space}]`;
          const body =
            kind === 'array'
              ? list
              : `{"a":[1,{"b":"\\u0000"}],"interactions":${list}${kind === 'batch' ? '' : ',"z":[{"q":1e999}]'}}`;
          const parsed = parseText(`${space}${body}${space}`);
          if (parsed.kind === 'refused') throw new Error(parsed.detail);
          expect(parsed.interactions.map(({ raw }) => raw())).toEqual(texts);
          expect(parsed.interactions.map(({ problem }) => problem === undefined)).toEqual(
            values.map((value, index) => isWithinLimits(value, texts[index] ?? '')),
          );
        },
      ),
      { numRuns: 1000 },
    );
  }, 60_000);

  it('takes anything else as one interaction', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyNumber, anyText, fc.dictionary(fc.constantFrom('type', 'a'), tree)),
        (value) => {
          const parsed = parseText(` ${JSON.stringify(value)}\n`);
          expect(parsed).toMatchObject({ kind: 'split', shape: 'single', interactions: [{}] });
        },
      ),
    );
  });

  it('points at a place that exists', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = JSON.stringify({ data: value });
        const parsed = parseText(text);
        if (parsed.kind === 'refused') throw new Error(parsed.detail);
        const pointer = parsed.interactions[0]?.problem?.pointer ?? '';
        if (pointer === '' || pointer.includes('\ufffd')) return;
        const segments = pointerSegments(pointer);
        const found = segments.reduce<unknown>((at, name) => Object(at)[name], JSON.parse(text));
        expect(found).not.toBeUndefined();
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('answers every text, however broken, as JSON.parse does', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'u00',
      '1',
      '-',
      'e',
      'null',
      ' ',
      '"interactions"',
      '"a"',
      '\\ud800',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => {
        const text = parts.join('');
        const parsed = parseText(text);
        if (hasKeyEndingInBackslash(text)) {
          expect(parsed.kind).toBe('refused'); // Malformed or not: parsing it here would spoil what follows.
          return;
        }
        const isJson = canParse(text);
        expect(parsed.kind === 'refused' && parsed.code === 'malformed-json').toBe(!isJson);
      }),
      { numRuns: 3000 },
    );
  }, 60_000);
});

function canParse(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a body', () => {
  it('may start with a byte order mark', () => {
    expect(parseText('\ufeff[{}]')).toMatchObject({ kind: 'split', shape: 'array' });
  });

  it('is one list, however its key is written: scan and parser never see two', () => {
    const poison = '{"data":"\\u0000"}';
    const hidden = parseText(`{"interactions":[{}],"\\u0069nteractions":[${poison}]}`);
    expect(hidden).toMatchObject({ interactions: [{ problem: { code: 'forbidden-character' } }] });
  });

  it('with a key that ends in a backslash is not parsed: V8 would misread keys of others', () => {
    const primed = [
      '{"shape":1,"a\\\\":1}',
      '[{},{"shape":1,"a\\u005C" :1}]',
      '{"interactions":[],"a\\\\":1}',
    ];
    for (const text of primed) {
      expect(parseText(text)).toMatchObject({ kind: 'refused', code: 'forbidden-character' });
    }
    const other = parseText('{"shape":1,"a\\u00e9":1}');
    expect(other).toMatchObject({ interactions: [{ value: { shape: 1, aé: 1 } }] });
  });

  it('lets the last of duplicate keys win', () => {
    const parsed = parseText('{"id":"a","id":"b"}');
    expect(parsed).toMatchObject({ interactions: [{ value: { id: 'b' } }] });
  });

  it('never shows what was posted in the detail of a fault', () => {
    const parsed = parseText('{"email": jane@example.com}');
    expect(JSON.stringify(parsed)).not.toContain('jane');
  });

  it('of two million brackets neither hangs nor overflows', () => {
    const brackets = '['.repeat(2_000_000) + ']'.repeat(2_000_000);
    const parsed = parseText(`[{},${brackets}]`);
    expect(parsed).toMatchObject({ interactions: [{}, { problem: { code: 'too-large' } }] });
  });
});
