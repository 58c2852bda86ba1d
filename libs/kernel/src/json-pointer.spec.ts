import { describe, expect, it } from '@jest/globals';
import { shownName } from './json-pointer.js';

describe('the name of a member in an error', () => {
  it.each(['orderId', 'utm_source', 'a/b~c', 'größe', 'line-2', 'x2026', ''])(
    'is told: %j',
    (name) => {
      expect(shownName(name)).toBe(name);
    },
  );

  it.each([
    'jane@example.com',
    '+49 170 555 00 01',
    'customer-4711815',
    'tl_write_abc',
    'tl_admin_abc',
    'x'.repeat(65),
    'a\nb@c',
  ])('is left out when it could be about a customer, or a key: %j', (name) => {
    expect(shownName(name)).toBe('…');
  });
});
