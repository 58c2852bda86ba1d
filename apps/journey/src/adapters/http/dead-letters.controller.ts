import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import { ReadDeadLetters, type DeadLetterView } from '../../application/read-dead-letters.js';
import type { Page } from '../../application/read-facts.js';
import { ReplayDeadLetter, type ReplayOutcome } from '../../application/replay-dead-letter.js';
import { PageQuery } from './journey.dto.js';

@ApiTags('operations')
@ApiBearerAuth()
@Scope('admin')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: ReadDeadLetters,
    private readonly replaying: ReplayDeadLetter,
  ) {}

  /** Records that could not be read, newest first, with bytes, cause and position. */
  @Get()
  async list(@Tenant() tenant: string, @Query() query: PageQuery): Promise<Page<DeadLetterView>> {
    return this.letters.execute({ tenant, cursor: query.cursor, limit: query.limit });
  }

  /** Handles the record again; what works is no dead letter any more. */
  @Post(':id/replay')
  @HttpCode(200)
  async replay(@Tenant() tenant: string, @Param('id') id: string): Promise<ReplayOutcome> {
    return this.replaying.execute(tenant, Number(id));
  }
}
