import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Problem, Scope, Tenant } from '#runtime';
import { TryRules } from '../../application/try-rules.js';
import type { RulesTrial } from '../../application/try-rules.js';
import type { IdentityRules } from '../../domain/rules.js';
import { DryRunDto } from './calls.dto.js';

@ApiTags('identity')
@Controller('v1/identity/rules')
export class RulesController {
  constructor(private readonly tryRules: TryRules) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The rules in force, types from strongest to weakest' })
  current(@Tenant() tenant: string): Promise<IdentityRules> {
    return this.tryRules.current(tenant);
  }

  /** Rules take effect by a trial only for now: activation would have to solve everybody again. */
  @Post()
  @HttpCode(200)
  @Scope('admin')
  @ApiOperation({ summary: '?dryRun=true: who would be joined and split under other rules' })
  attempt(
    @Tenant() tenant: string,
    @Body() body: unknown,
    @Query() { dryRun }: DryRunDto,
  ): Promise<RulesTrial> {
    if (!dryRun) {
      const detail = 'Rules cannot be activated yet: send dryRun=true.';
      const errors = [{ pointer: '/dryRun', code: 'invalid-parameter', detail }] as const;
      throw new Problem('invalid-parameter', detail, { errors });
    }
    return this.tryRules.execute(tenant, body);
  }
}
