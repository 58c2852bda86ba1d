import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, type Principal, Scope, Tenant } from '#runtime';
import { ReadRules } from '../../application/read-rules.js';
import type { ActivationWithRules, RulesWithHistory } from '../../application/read-rules.js';
import { RequestRules } from '../../application/request-rules.js';
import type { ActivationView } from '../../application/activating/activation-view.js';
import { TryRules } from '../../application/try-rules.js';
import type { RulesTrial } from '../../application/try-rules.js';
import { RulesActivator } from '../clock/rules.activator.js';
import { DryRunDto } from './calls.dto.js';
import { ActivationParamsDto, readStatement } from './rules.dto.js';

const ACTIVATIONS = '/v1/identity/rules/activations';

@ApiTags('identity')
@Controller('v1/identity/rules')
export class RulesController {
  constructor(
    private readonly readRules: ReadRules,
    private readonly tryRules: TryRules,
    private readonly requestRules: RequestRules,
    private readonly activator: RulesActivator,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({
    summary: 'The rules in force, types from strongest to weakest, and their history',
  })
  current(@Tenant() tenant: string): Promise<RulesWithHistory> {
    return this.readRules.current(tenant);
  }

  @Get('activations/:version')
  @Scope('read')
  @ApiOperation({
    summary: 'How rules came into force: state, step, counts, who moved; and the rules',
  })
  activation(
    @Tenant() tenant: string,
    @Param() { version }: ActivationParamsDto,
  ): Promise<ActivationWithRules> {
    return this.readRules.activation(tenant, version);
  }

  @Post()
  @Scope('admin')
  @ApiOperation({
    summary: 'Rules with reason and actor: activated in the background. ?dryRun=true: tried out',
  })
  @ApiOkResponse({ description: 'Dry run: who would be joined and split' })
  @ApiAcceptedResponse({ description: 'The activation; `Location` tells how it goes' })
  async attempt(
    @Caller() { tenant, keyId }: Principal,
    @Body() body: unknown,
    @Query() { dryRun }: DryRunDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RulesTrial | ActivationView> {
    const { posted, statement } = readStatement(body, !dryRun);
    if (dryRun) {
      reply.status(200);
      return this.tryRules.execute(tenant, posted);
    }
    const asked = await this.requestRules.execute({ tenant, keyId, posted, ...statement });
    this.activator.wake();
    reply.status(202).header('location', `${ACTIVATIONS}/${asked.version}`);
    return asked;
  }
}
