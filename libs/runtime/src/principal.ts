import type { KeyScope, RateLimits } from '#contracts';

/** Who calls: one API key of one tenant. */
export interface Principal {
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly KeyScope[];
  /** Sources the key may write to; empty = all of the tenant. */
  readonly sources: readonly string[];
  /** The key's own; what it leaves open its tenant says. */
  readonly limits?: RateLimits | undefined;
}

/** An `admin` key may also read and write. */
export function hasScope(principal: Principal, scope: KeyScope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes('admin');
}

export function mayWriteTo(principal: Principal, source: string): boolean {
  return principal.sources.length === 0 || principal.sources.includes(source);
}
