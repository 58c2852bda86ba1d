import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { TenantSettings } from '#contracts';
import { Scope, Tenant, TenantDirectory } from '#runtime';
import { ChangeSettings } from '../../application/tenants/change-settings.js';
import { limitsIn } from './limits.dto.js';
import { SettingsDto } from './settings.dto.js';

@ApiTags('settings')
@Controller('v1/settings')
export class SettingsController {
  constructor(
    @Inject(ChangeSettings) private readonly changeSettings: ChangeSettings,
    @Inject(TenantDirectory) private readonly directory: TenantDirectory,
  ) {}

  @Get()
  @Scope('read')
  read(@Tenant() tenant: string): TenantSettings {
    return this.directory.settings(tenant);
  }

  @Put()
  @Scope('admin')
  async change(@Tenant() tenant: string, @Body() body: SettingsDto): Promise<TenantSettings> {
    const wanted = Object.fromEntries(
      Object.entries(body).filter(([, value]) => value !== undefined && value !== null),
    );
    const limits = body.limits && { limits: limitsIn(body.limits) };
    const off = body.retentionDays === null && { retentionDays: undefined };
    return this.changeSettings.execute(tenant, { ...wanted, ...limits, ...off });
  }
}
