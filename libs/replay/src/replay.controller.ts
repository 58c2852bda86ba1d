import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Res,
  type Type,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { ServiceName } from '#contracts';
import { Caller, Scope, Tenant, type Principal } from '#runtime';
import { ReplayDesk, type ReplayView } from './replay-desk.js';
import { ReplayWorker } from './replay.worker.js';

/** Body of `POST /v1/replays/<service>`. */
export class ReplayDto {
  /** Find what differs, and leave it as it is. */
  @IsOptional()
  @IsBoolean()
  readonly dryRun?: boolean;
}

/** `/v1/replays/<service>`: the same of every service that can be replayed. */
export function replayControllerOf(service: ServiceName): Type {
  @ApiTags('operations')
  @ApiBearerAuth()
  @Scope('admin')
  @Controller(`v1/replays/${service}`)
  class ReplayController {
    constructor(
      private readonly desk: ReplayDesk,
      private readonly worker: ReplayWorker,
    ) {}

    @Get()
    @ApiOperation({ summary: 'Replays, newest first' })
    async list(@Tenant() tenant: string): Promise<{ items: ReplayView[]; next: null }> {
      return { items: await this.desk.list(tenant), next: null };
    }

    @Get(':id')
    @ApiOperation({ summary: 'How far a replay is, and what differed' })
    one(@Tenant() tenant: string, @Param('id') id: string): Promise<ReplayView> {
      return this.desk.one(tenant, id);
    }

    @Post()
    @HttpCode(202)
    @ApiOperation({ summary: 'Derive everything of the tenant anew, beside live traffic' })
    @ApiAcceptedResponse({ description: 'The replay; `Location` tells how it goes' })
    async request(
      @Caller() { tenant, keyId }: Principal,
      @Body() { dryRun = false }: ReplayDto,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<ReplayView> {
      const asked = { tenant, isDryRun: dryRun, requestedBy: keyId };
      const replay = await this.desk.request(asked);
      this.worker.wake();
      reply.header('location', `/v1/replays/${service}/${replay.id}`);
      return replay;
    }

    @Delete(':id')
    @ApiOperation({ summary: 'Stop a replay; what it has put right stays so' })
    stop(@Tenant() tenant: string, @Param('id') id: string): Promise<ReplayView> {
      return this.desk.stop(tenant, id);
    }
  }
  return ReplayController;
}
