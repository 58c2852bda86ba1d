import { Injectable } from '@nestjs/common';
import { DEFAULT_SETTINGS, type TenantSettings } from '#contracts';
import { ChangeTenant } from './change-tenant.js';
import { Tenants } from '../ports.js';

@Injectable()
export class ChangeSettings {
  constructor(
    private readonly changeTenant: ChangeTenant,
    private readonly tenants: Tenants,
  ) {}

  /** Members that are absent stay as they are; an optional one that is there as `undefined` is taken away. */
  async execute(tenant: string, wanted: Partial<TenantSettings>): Promise<TenantSettings> {
    const state = await this.changeTenant.execute(tenant, async (transaction, before) => {
      const settings = { ...DEFAULT_SETTINGS, ...before.settings, ...wanted };
      await this.tenants.saveSettings(transaction, tenant, settings);
      return { ...before, settings };
    });
    return state.settings;
  }
}
