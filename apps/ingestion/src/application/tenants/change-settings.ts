import { Injectable } from '@nestjs/common';
import { DEFAULT_SETTINGS, type TenantSettings } from '#contracts';
import { Clock } from '#kernel';
import { IngestionConfig } from '../../ingestion.config.js';
import { retentionFrom } from '../../domain/retention.js';
import { ChangeTenant } from './change-tenant.js';
import { Tenants } from '../ports.js';

const HOUR_MS = 3_600_000;

@Injectable()
export class ChangeSettings {
  constructor(
    private readonly changeTenant: ChangeTenant,
    private readonly tenants: Tenants,
    private readonly clock: Clock,
    private readonly config: IngestionConfig,
  ) {}

  /** Members that are absent stay as they are; an optional one that is there as `undefined` is taken away. */
  async execute(tenant: string, wanted: Partial<TenantSettings>): Promise<TenantSettings> {
    const state = await this.changeTenant.execute(tenant, async (transaction, before) => {
      const {
        retentionDays,
        retentionStartsAt: _,
        ...rest
      } = {
        ...DEFAULT_SETTINGS,
        ...before.settings,
        ...wanted,
      };
      const when = {
        now: this.clock.now(),
        waitMs: this.config.TOUCHLINE_RETENTION_WAIT_HOURS * HOUR_MS,
      };
      const settings = { ...rest, ...retentionFrom(before.settings, retentionDays, when) };
      await this.tenants.saveSettings(transaction, tenant, settings);
      return { ...before, settings };
    });
    return state.settings;
  }
}
