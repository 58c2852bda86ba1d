import { Injectable } from '@nestjs/common';
import { Fault } from '#kernel';
import { ChangeTenant } from './change-tenant.js';
import { Tenants } from '../ports.js';

@Injectable()
export class RevokeKey {
  constructor(
    private readonly changeTenant: ChangeTenant,
    private readonly tenants: Tenants,
  ) {}

  async execute(tenant: string, keyId: string): Promise<void> {
    await this.changeTenant.execute(tenant, async (transaction, before) => {
      const keys = before.keys.filter((key) => key.keyId !== keyId);
      if (keys.length === before.keys.length)
        throw new Fault('not-found', 'There is no live key of this id.');
      if (!keys.some(({ scopes }) => scopes.includes('admin'))) {
        throw new Fault('conflict', 'This is the last admin key: issue another one first.');
      }
      await this.tenants.revokeKey(transaction, tenant, keyId);
      return { ...before, keys };
    });
  }
}
