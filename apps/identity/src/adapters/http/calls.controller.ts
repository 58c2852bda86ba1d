import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseInstant } from '#contracts';
import { Caller, type Principal, Scope, Tenant } from '#runtime';
import type { CallView } from '../../application/calling/call-view.js';
import { DeclareCall } from '../../application/declare-call.js';
import type { CallOutcome, CallRequest } from '../../application/declare-call.js';
import { ReadCalls } from '../../application/read-calls.js';
import { WithdrawCall } from '../../application/withdraw-call.js';
import { CallDto, CallsQueryDto, CallWithdrawalDto, DryRunDto } from './calls.dto.js';

@ApiTags('identity')
@Scope('admin')
@Controller('v1/identity')
export class CallsController {
  constructor(
    private readonly declareCall: DeclareCall,
    private readonly withdrawCall: WithdrawCall,
    private readonly readCalls: ReadCalls,
  ) {}

  @Post('merge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Two identifiers are one person; waits until both were seen' })
  merge(
    @Caller() caller: Principal,
    @Body() body: CallDto,
    @Query() query: DryRunDto,
  ): Promise<CallOutcome> {
    const { a, b } = body;
    return this.declareCall.execute('merge', { ...request(caller, body, query), a, b });
  }

  @Post('unmerge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Two identifiers are two people, whatever the evidence says' })
  unmerge(
    @Caller() caller: Principal,
    @Body() body: CallDto,
    @Query() query: DryRunDto,
  ): Promise<CallOutcome> {
    const { a, b } = body;
    return this.declareCall.execute('unmerge', { ...request(caller, body, query), a, b });
  }

  @Post('withdraw')
  @HttpCode(200)
  @ApiOperation({ summary: 'The call was never made; named by callId, or the newest of a pair' })
  withdraw(
    @Caller() caller: Principal,
    @Body() body: CallWithdrawalDto,
    @Query() query: DryRunDto,
  ): Promise<CallOutcome> {
    const { callId, a = '', b = '' } = body;
    const named = callId === undefined ? { a, b } : { callId };
    return this.withdrawCall.execute({ ...request(caller, body, query), ...named });
  }

  @Get('calls')
  @ApiOperation({ summary: 'All calls with actor, reason and withdrawal, newest first' })
  list(
    @Tenant() tenant: string,
    @Query() { cursor, limit }: CallsQueryDto,
  ): Promise<{ items: CallView[]; next: string | null }> {
    return this.readCalls.execute(tenant, {
      before: cursor === undefined ? null : Number(cursor),
      limit,
    });
  }
}

function request(
  { tenant, keyId }: Principal,
  { reason, actor, at }: Pick<CallDto, 'reason' | 'actor' | 'at'>,
  { dryRun }: DryRunDto,
): Omit<CallRequest, 'a' | 'b'> {
  const instant = at === undefined ? undefined : parseInstant(at);
  return { tenant, keyId, reason, actor, at: instant, isDryRun: dryRun };
}
