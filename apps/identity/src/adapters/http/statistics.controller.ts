import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import { CountProfiles } from '../../application/count-profiles.js';
import type { IdentityStatistics } from '../../application/count-profiles.js';

@ApiTags('identity')
@Scope('read')
@Controller('v1/identity/statistics')
export class StatisticsController {
  constructor(private readonly countProfiles: CountProfiles) {}

  @Get()
  @ApiOperation({ summary: 'How many profiles there are now, exactly; it reads all of them' })
  statistics(@Tenant() tenant: string): Promise<IdentityStatistics> {
    return this.countProfiles.execute(tenant);
  }
}
