import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nameIdentifier, nameInteraction } from '#contracts';
import { Mentions, type Said } from './mentions.js';

const SECRET = 'a secret of tests';
const AT = 1_000;
const jane = { type: 'email', value: 'jane@example.com' };
const phone = { type: 'phone', value: '+4915112345678' };
const named = (identifier: { type: string; value: string }) => ({
  type: identifier.type,
  name: nameIdentifier(SECRET, 'default', identifier),
});
const mentions = new Mentions(
  [
    {
      tenant: 'default',
      erasureId: 'e1',
      at: AT,
      interactions: [nameInteraction(SECRET, { tenant: 'default', source: 'shop', id: '4711' })],
      identifiers: [named(jane), named(phone)],
    },
  ],
  { secret: SECRET, regionOf: () => 'DE' },
);
const said = (text: string, rest: Partial<Said> = {}): Said => ({
  tenant: 'default',
  receivedAt: AT,
  texts: [text],
  ...rest,
});

describe('a text that may be anything', () => {
  it.each([
    ['an identifier', '{"identifiers":[{"type":"email","value":"jane@example.com"}]}'],
    ['other letters', '{"traits":{"mail":"  JANE@Example.com "}}'],
    ['the name of a member', '{"identifiers":{"jane@example.com":"email"}}'],
    ['a part of an address', '{"url":"https://shop.example/?m=jane@example.com&x=1"}'],
    ['a number as it is written in the country', '{"phone":"0151 12345678"}'],
    ['no JSON', '{"identifiers":[{"type":"email","value":"jane@example.com"'],
    ['bytes that are no text', '\ufffd\u0000jane@example.com\ufffd'],
    ['the end of a sentence', '{"text":"Write to Jane (jane@example.com)."}'],
    ['the interaction itself', '[{"source":"shop","id":"4711","channel":"fax"}]'],
    ['its id as a number', '{"source":"shop","id":4711}'],
  ])('speaks of the erased: %s', (_, text) => {
    expect(mentions.find(said(text))).toBe('e1');
  });

  it.each([
    ['somebody else', said('{"email":"joe@example.com","source":"shop","id":"4712"}')],
    ['a later text', said('{"email":"jane@example.com"}', { receivedAt: AT + 1 })],
    ['another tenant', said('{"email":"jane@example.com"}', { tenant: 'other' })],
    ['a longer word', said('{"email":"notjane@example.com.au"}')],
  ])('does not speak of them: %s', (_, text) => {
    expect(mentions.find(text)).toBeUndefined();
  });

  it('is found whatever is around it, and nothing throws', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.string({ unit: 'binary' }), (json, text) => {
        expect(mentions.find(said(text))).toBeUndefined();
        const around = `{"a":${json},"b":[{"x":"jane@example.com"}]}`;
        expect(mentions.find(said(around))).toBe('e1');
        expect(mentions.find(said(`${text} jane@example.com ${text}`))).toBe('e1');
      }),
      { numRuns: 300 },
    );
  });
});
