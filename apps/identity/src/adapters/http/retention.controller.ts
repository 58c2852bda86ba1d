import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import { ShowRetention } from '../../application/show-retention.js';
import type { RetentionView } from '../../application/show-retention.js';
import { RetentionQueryDto } from './retention.dto.js';

@ApiTags('retention')
@Scope('admin')
@Controller('v1/retention')
export class RetentionController {
  constructor(private readonly showRetention: ShowRetention) {}

  @Get()
  @ApiOperation({
    summary: 'How far retention is; ?days= what a setting would take, by month, before it is set',
  })
  retention(
    @Tenant() tenant: string,
    @Query() { days }: RetentionQueryDto,
  ): Promise<RetentionView> {
    return this.showRetention.execute(tenant, days);
  }
}
