import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ApiKeyEntry, KeyScope, RateLimits } from '#contracts';
import { Clock, Fault } from '#kernel';
import { hashApiKey, newApiKey, Secret } from '#runtime';
import { ChangeTenant } from './change-tenant.js';
import { Tenants } from '../ports.js';

export interface KeyRequest {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Sources a `write` key may write to; empty = all. */
  readonly sources: readonly string[];
  readonly limits?: RateLimits;
}

export interface IssuedKey {
  readonly entry: ApiKeyEntry;
  /** The key itself: shown now, never again. */
  readonly key: string;
}

/** Live keys a tenant may have: every service holds them all in memory. */
const KEYS_MAX = 1_000;
/** Strongest first: it names the key. */
const STRENGTH: readonly KeyScope[] = ['admin', 'write', 'read'];

@Injectable()
export class IssueKey {
  constructor(
    private readonly changeTenant: ChangeTenant,
    private readonly tenants: Tenants,
    private readonly secret: Secret,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: string, request: KeyRequest): Promise<IssuedKey> {
    const issued = makeKey(request, { pepper: this.secret.value, now: this.clock.now() });
    await this.changeTenant.execute(tenant, async (transaction, before) => {
      const keys = [...before.keys, issued.entry];
      if (keys.length > KEYS_MAX)
        throw new Fault('conflict', `A tenant has at most ${KEYS_MAX} keys: revoke some first.`);
      await this.tenants.addKeys(transaction, tenant, [issued.entry]);
      return { ...before, keys };
    });
    return issued;
  }
}

/** Makes a key, unless one is given, and what is stored of it. */
export function makeKey(
  { name, scopes, sources, limits = {} }: KeyRequest,
  { pepper, now, given }: { pepper: string; now: number; given?: string },
): IssuedKey {
  const key = given ?? newApiKey(STRENGTH.find((scope) => scopes.includes(scope)) ?? 'read');
  const createdAt = new Date(now).toISOString();
  return {
    key,
    entry: {
      keyId: randomUUID(),
      name,
      hash: hashApiKey(pepper, key),
      scopes,
      sources,
      createdAt,
      ...(Object.keys(limits).length > 0 && { limits }),
    },
  };
}
