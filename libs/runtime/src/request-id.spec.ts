import { describe, expect, it } from '@jest/globals';
import { requestIdOf } from './request-id.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('the id of a request', () => {
  it.each([
    'mine-1',
    '7f1c1f9a-8d61-4a3e-9d7c-1a2b3c4d5e6f',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  ])('is the caller’s: %s', (given) => {
    expect(requestIdOf(given)).toBe(given);
  });

  it.each([
    undefined,
    'jane@example.com',
    '491705550001',
    '4111111111111111',
    'tl_write_abc',
    'two words',
    'x'.repeat(101),
    ['a', 'b'],
  ])('is a new one instead of %j', (given) => {
    expect(requestIdOf(given)).toMatch(UUID);
  });
});
