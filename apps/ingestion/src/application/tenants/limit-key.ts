import { Injectable } from '@nestjs/common';
import type { ApiKeyEntry, RateLimits } from '#contracts';
import { Fault } from '#kernel';
import { ChangeTenant } from './change-tenant.js';
import { Tenants } from '../ports.js';

@Injectable()
export class LimitKey {
  constructor(
    private readonly changeTenant: ChangeTenant,
    private readonly tenants: Tenants,
  ) {}

  async execute(tenant: string, keyId: string, limits: RateLimits): Promise<ApiKeyEntry> {
    const { keys } = await this.changeTenant.execute(tenant, async (transaction, before) => {
      if (!before.keys.some((key) => key.keyId === keyId)) throw noSuchKey();
      await this.tenants.limitKey(transaction, { tenant, keyId, limits });
      const keys = before.keys.map((key) => (key.keyId === keyId ? { ...key, limits } : key));
      return { ...before, keys };
    });
    const changed = keys.find((key) => key.keyId === keyId);
    if (changed === undefined) throw noSuchKey();
    return changed;
  }
}

function noSuchKey(): Fault {
  return new Fault('not-found', 'There is no live key of this id.');
}
