import { describe, expect, it } from '@jest/globals';
import { hashApiKey, isSameHash, keyOfAuthorization, newApiKey } from './api-key.js';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('API keys', () => {
  it('are long, random and name their scope', () => {
    const keys = new Set(Array.from({ length: 100 }, () => newApiKey('write')));
    expect(keys.size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^tl_write_[\w-]{32}$/);
  });

  it('are stored under a hash that depends on the pepper', () => {
    expect(hashApiKey('pepper', 'key')).toMatch(/^[0-9a-f]{64}$/);
    expect(hashApiKey('pepper', 'key')).toBe(hashApiKey('pepper', 'key'));
    expect(hashApiKey('pepper', 'key')).not.toBe(hashApiKey('salt', 'key'));
    expect(hashApiKey('pepper', 'key')).not.toBe(hashApiKey('pepper', 'kez'));
  });

  it('compare equal only with the same hash of the same length', () => {
    expect(isSameHash('00ff', '00ff')).toBe(true);
    expect(isSameHash('00ff', '00fe')).toBe(false);
    expect(isSameHash('00ff', '00')).toBe(false);
  });

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc ', 'abc'],
    [basic('abc:'), 'abc'],
    [basic('abc:password'), 'abc'],
    [basic(':password'), undefined],
    ['Bearer', undefined],
    ['Digest abc', undefined],
    ['Bearer a b', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('are read from the header %p', (header, key) => {
    expect(keyOfAuthorization(header)).toBe(key);
  });
});
