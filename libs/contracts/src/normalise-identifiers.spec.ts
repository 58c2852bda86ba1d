import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseIdentifier, normaliseIdentifiers } from './normalise-identifiers.js';

describe('an identifier matches whatever the way it was typed', () => {
  it.each([
    ['email', ' Jane.Doe+shop@Example.COM ', 'jane.doe+shop@example.com'],
    ['email', 'jane@Bücher.example', 'jane@xn--bcher-kva.example'],
    ['email', 'jane@xn--bcher-kva.example', 'jane@xn--bcher-kva.example'],
    ['email', 'jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['email', "o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk"],
    ['phone', '(201) 555-0123', '+12015550123'],
    ['phone', '+49 30 123456', '+4930123456'],
    ['phone', '+49 (0)30 123456', '+4930123456'],
    ['phone', '０２０１５５５０１２３', undefined],
    ['userId', '  U-17 ', 'U-17'],
    ['whatsapp', ' +1 201 555 0123', '+1 201 555 0123'],
    ['anonymousId', 'Cafe\u0301', 'Caf\u00e9'],
    ['userId', '', ''],
  ])('%s %j → %j', (type, posted, normal) => {
    expect(normaliseIdentifier(type, posted, 'US')).toBe(normal);
  });

  it.each([
    ['email', 'jane'],
    ['email', '@example.com'],
    ['email', 'jane@localhost'],
    ['email', 'a b@example.com'],
    ['email', 'jane@exa mple.com'],
    ['email', 'jane@bücher.example/path'],
    ['email', `${'x'.repeat(65)}@example.com`],
    ['email', 'jane@example.com, joe@example.com'],
    ['phone', 'call me'],
    ['phone', '12'],
    ['phone', ''],
    ['phone', '+1 201 555 0123 4567 8901 234'],
  ])('%s %j cannot be read', (type, posted) => {
    expect(normaliseIdentifier(type, posted, 'US')).toBeUndefined();
  });

  it('reads a local number in the region of its source', () => {
    expect(normaliseIdentifier('phone', '030 123456', 'DE')).toBe('+4930123456');
    expect(normaliseIdentifier('phone', '030 123456', 'IT')).toBe('+39030123456');
  });

  it('is idempotent', () => {
    const type = fc.constantFrom('email', 'phone', 'userId', 'social:x');
    const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const mail = fc
      .tuple(local, fc.constantFrom('a.example', 'Ünï.example'))
      .map((parts) => parts.join('@'));
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      mail,
      fc.stringMatching(/^\+?[\d ()-]{5,18}$/),
    );
    fc.assert(
      fc.property(type, value, (kind, posted) => {
        const once = normaliseIdentifier(kind, posted, 'GB');
        if (once !== undefined) expect(normaliseIdentifier(kind, once, 'GB')).toBe(once);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});

describe('a list of identifiers', () => {
  it('holds each pair once and tells what could not be read', () => {
    const posted = [
      { type: 'email', value: 'A@example.com' },
      { type: 'phone', value: 'none' },
      { type: 'email', value: 'a@example.com ' },
      { type: 'userId', value: 'a@example.com' },
    ];
    expect(normaliseIdentifiers(posted, 'US')).toEqual({
      identifiers: [
        { type: 'email', value: 'a@example.com' },
        { type: 'userId', value: 'a@example.com' },
      ],
      unparseable: [1],
    });
  });
});
