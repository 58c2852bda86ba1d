import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import { ExplainPair } from '../../application/explain-pair.js';
import type { PairView } from '../../application/explain-pair.js';
import { PairQueryDto } from './explanation.dto.js';

@ApiTags('identity')
@Scope('read')
@Controller('v1/identity')
export class ExplanationController {
  constructor(private readonly explainPair: ExplainPair) {}

  @Get('explain')
  @ApiOperation({
    summary: 'Why two identifiers are one customer, or why not, and what would change it',
  })
  explain(@Tenant() tenant: string, @Query() { a, b }: PairQueryDto): Promise<PairView> {
    return this.explainPair.execute(tenant, a, b);
  }
}
