import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { erasureOf, ghostOf, nameIdentifier } from './ghost.js';
import { ERASED_TEXT, haunt } from './haunt.js';
import type { Ghosts } from './haunt.js';
import type { Identifier, Interaction } from './interaction.js';

const nameOf = (identifier: Identifier): string => nameIdentifier('secret', 'default', identifier);
const jane: Identifier = { type: 'email', value: 'jane@example.com' };
const phone: Identifier = { type: 'phone', value: '+4915112345678' };
const tablet: Identifier = { type: 'deviceId', value: 'd-1' };
const user: Identifier = { type: 'userId', value: 'u-4711' };

function ghostsOf(erasureId: string, ...identifiers: readonly Identifier[]): Ghosts {
  return Object.fromEntries(
    identifiers.map((identifier) => {
      const name = nameOf(identifier);
      return [name, ghostOf(erasureId, { type: identifier.type, name }).value];
    }),
  );
}

function textOf(members: Partial<Interaction>): string {
  return JSON.stringify({
    tenant: 'default',
    source: 'web',
    id: '1',
    type: 'page.viewed',
    channel: 'web',
    occurredAt: '2026-05-01T10:00:00.000Z',
    identifiers: [],
    data: {},
    version: 0,
    ...members,
    receivedAt: '2026-05-01T10:00:01.000Z',
  });
}

const read = (text: string): Interaction => JSON.parse(text) as Interaction;

describe('a body without what was erased of it', () => {
  it('carries ghosts of the same type in the same places', () => {
    const text = textOf({ identifiers: [tablet, jane] });
    const { identifiers, receivedAt } = read(haunt(text, ghostsOf('e1', jane), nameOf));
    expect(identifiers.map(({ type }) => type)).toEqual(['deviceId', 'email']);
    expect(identifiers.map(erasureOf)).toEqual([undefined, 'e1']);
    expect(receivedAt).toBe('2026-05-01T10:00:01.000Z');
  });

  it('does not tell the value as it was posted, nor where the data repeat it', () => {
    const text = textOf({
      identifiers: [jane, phone],
      data: {
        to: ['JANE@example.com', 'joe@example.com'],
        url: 'https://shop.example/?mail=Jane@Example.com&x=1',
        callback: '0151 1234 5678',
        amount: '45678',
      },
      original: {
        '/identifiers/0/value': ' Jane@Example.com ',
        '/identifiers/1/value': '+49 151 12345678',
      },
    });
    const { data, original } = read(haunt(text, ghostsOf('e1', jane, phone), nameOf));
    expect(data).toEqual({
      to: [ERASED_TEXT, 'joe@example.com'],
      url: `https://shop.example/?mail=${ERASED_TEXT}&x=1`,
      callback: ERASED_TEXT,
      amount: '45678',
    });
    expect(original).toEqual({
      '/identifiers/0/value': ERASED_TEXT,
      '/identifiers/1/value': ERASED_TEXT,
    });
  });

  it('is the very same text where nothing of it is erased', () => {
    const text = ` ${textOf({ identifiers: [tablet] })}`;
    expect(haunt(text, ghostsOf('e1', jane), nameOf)).toBe(text);
  });

  it('is the same in whatever order erasures are read, and however often', () => {
    const pool = [jane, phone, tablet, user];
    const leaf = fc.constantFrom(...pool.map(({ value }) => value), 'Jane@Example.com', 'other');
    const bodies = fc.record({
      identifiers: fc.uniqueArray(fc.constantFrom(...pool)),
      data: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(leaf, fc.array(leaf))),
    });
    fc.assert(
      fc.property(bodies, fc.subarray(pool), fc.subarray(pool), (members, first, second) => {
        const text = textOf(members);
        const late = second.filter((one) => !first.includes(one));
        const [one, other] = [ghostsOf('e1', ...first), ghostsOf('e2', ...late)];
        const forth = haunt(haunt(text, one, nameOf), other, nameOf);
        expect(haunt(haunt(text, other, nameOf), one, nameOf)).toBe(forth);
        expect(haunt(forth, { ...one, ...other }, nameOf)).toBe(forth);
        for (const { value } of [...first, ...late]) {
          if (members.identifiers.some((carried) => carried.value === value)) {
            expect(forth).not.toContain(`"${value}"`);
          }
        }
      }),
    );
  });

  it('takes the ghost of the earlier erasure where that is read later', () => {
    const late = haunt(textOf({ identifiers: [jane] }), ghostsOf('e2', jane), nameOf);
    const { identifiers } = read(haunt(late, ghostsOf('e1', jane), nameOf));
    expect(identifiers.map(erasureOf)).toEqual(['e1']);
  });
});
