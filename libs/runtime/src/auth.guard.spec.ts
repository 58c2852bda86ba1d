import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS, type ApiKeyEntry, type KeyScope } from '#contracts';
import { hashApiKey } from './api-key.js';
import { authenticate } from './auth.guard.js';
import { hasScope, mayWriteTo } from './principal.js';
import { TenantDirectory } from './tenant-directory.js';

const PEPPER = 'a pepper of at least thirty-two characters';

function given(scopes: readonly KeyScope[], sources: readonly string[] = []) {
  const directory = new TenantDirectory();
  const entry: ApiKeyEntry = {
    keyId: 'k1',
    name: 'n',
    hash: hashApiKey(PEPPER, 'secret-key'),
    scopes,
    sources,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  directory.applyTenant({ tenant: 'acme', revision: 1, settings: DEFAULT_SETTINGS, keys: [entry] });
  return { directory, secret: { value: PEPPER }, isOff: false };
}

describe('a caller', () => {
  it('is the tenant of the key', () => {
    expect(authenticate(given(['read']), 'Bearer secret-key')).toEqual({
      tenant: 'acme',
      keyId: 'k1',
      scopes: ['read'],
      sources: [],
    });
  });

  it.each([undefined, 'Bearer wrong', 'Bearer ', 'secret-key'])('is refused with %p', (header) => {
    expect(() => authenticate(given(['admin']), header)).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    );
  });

  it('is refused once the key was revoked', () => {
    const authenticator = given(['read']);
    authenticator.directory.applyTenant({
      tenant: 'acme',
      revision: 2,
      settings: DEFAULT_SETTINGS,
      keys: [],
    });
    expect(() => authenticate(authenticator, 'Bearer secret-key')).toThrow();
  });

  it('is anybody with the scope admin when authentication is off', () => {
    const anybody = authenticate({ ...given([]), isOff: true }, undefined);
    expect([anybody.tenant, hasScope(anybody, 'admin')]).toEqual(['default', true]);
  });

  it('may do what its scopes say; admin may do everything', () => {
    const of = (...scopes: KeyScope[]) => ({ tenant: 't', keyId: 'k', scopes, sources: [] });
    expect(hasScope(of('read'), 'write')).toBe(false);
    expect(hasScope(of('write'), 'read')).toBe(false);
    expect(hasScope(of('read', 'write'), 'write')).toBe(true);
    expect(hasScope(of('admin'), 'write')).toBe(true);
    expect(hasScope(of('write'), 'admin')).toBe(false);
  });

  it('may write to the sources of its key, to all when it names none', () => {
    const of = (...sources: string[]) => ({
      tenant: 't',
      keyId: 'k',
      scopes: ['write'] as const,
      sources,
    });
    expect(mayWriteTo(of(), 'shop')).toBe(true);
    expect(mayWriteTo(of('shop'), 'shop')).toBe(true);
    expect(mayWriteTo(of('shop'), 'calls')).toBe(false);
  });
});
