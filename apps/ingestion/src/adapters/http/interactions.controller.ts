import { Body, Controller, Delete, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, Metered, type Principal, RateLimiter, RawBody, Scope } from '#runtime';
import { AcceptInteractions } from '../../application/interactions/accept-interactions.js';
import {
  type Understanding,
  ValidateInteractions,
} from '../../application/interactions/validate-interactions.js';
import type { Verdicts } from '../../application/interactions/answer-verdicts.js';
import { WithdrawInteraction } from '../../application/interactions/withdraw-interaction.js';
import { postedBody } from './posted-body.js';
import { InteractionPathDto, WithdrawalDto } from './withdrawal.dto.js';

@ApiTags('interactions')
@Scope('write')
@Controller('v1')
export class InteractionsController {
  constructor(
    @Inject(AcceptInteractions) private readonly acceptInteractions: AcceptInteractions,
    @Inject(ValidateInteractions) private readonly validateInteractions: ValidateInteractions,
    @Inject(WithdrawInteraction) private readonly withdrawInteraction: WithdrawInteraction,
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
  ) {}

  /** One interaction, an array, `{interactions: […]}`, or CloudEvents. 202 once the log has them; 422 when none is good. */
  @Post('interactions')
  @HttpCode(202)
  @RawBody()
  @Metered()
  async accept(
    @Caller() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Verdicts> {
    const meter = this.limiter.meterOf(caller, reply);
    return this.acceptInteractions.execute(caller, postedBody(request), meter);
  }

  /** The same body, nothing stored: how it would be understood. */
  @Post('validate')
  @HttpCode(200)
  @RawBody()
  validate(
    @Caller() caller: Principal,
    @Req() request: FastifyRequest,
  ): { items: Understanding[]; next: null } {
    return { items: this.validateInteractions.execute(caller, postedBody(request)), next: null };
  }

  /** Appends a withdrawn version: without effect from now on, and visible as withdrawn. */
  @Delete('interactions/:source/:id')
  @HttpCode(202)
  async withdraw(
    @Caller() caller: Principal,
    @Param() path: InteractionPathDto,
    @Body() body: WithdrawalDto,
  ): Promise<{ source: string; id: string; version: number }> {
    const actor = body.actor ?? `key:${caller.keyId}`;
    return this.withdrawInteraction.execute(caller, { ...path, ...body, actor });
  }
}
