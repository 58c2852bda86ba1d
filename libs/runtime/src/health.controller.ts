import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { retryAfterSeconds } from './problem.js';
import { Readiness } from './readiness.js';
import { Public } from './request.js';

const UNAVAILABLE = 503;

@ApiTags('operations')
@Public()
@Controller('health')
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  /** The process runs. */
  @Get('live')
  @HttpCode(200)
  live(): unknown {
    return { status: 'up' };
  }

  /** The process can do its work: database, log, subscriptions, relay. 503 names what cannot. Ingestion accepts while only its database is away. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const checks = await this.readiness.results();
    const isReady = checks.every((check) => check.isUp || check.isOptional);
    if (!isReady)
      void reply.code(UNAVAILABLE).header('retry-after', retryAfterSeconds(UNAVAILABLE) ?? 1);
    return {
      status: isReady ? 'up' : 'down',
      checks: Object.fromEntries(
        checks.map(({ name, isUp, detail }) => [name, { status: isUp ? 'up' : 'down', detail }]),
      ),
    };
  }
}
