import {
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { ServiceName } from '#contracts';
import { BatchHandlers } from '#event-log';
import { Scope, Tenant } from '#runtime';
import { DeadLetters, UnitOfWork } from '#storage';
import { DeadLetterQuery } from './dead-letters.dto.js';
import { ReadDeadLetters, type DeadLetterPage } from './read-dead-letters.js';
import { ReplayDeadLetter, type ReplayOutcome } from './replay-dead-letter.js';

/** What a service module needs to show what it set aside, and to handle it again. */
export function deadLetterParts(service: ServiceName): { controller: Type; providers: Provider[] } {
  return {
    controller: controllerOf(service),
    providers: [
      {
        provide: ReadDeadLetters,
        inject: [DeadLetters],
        useFactory: (letters: DeadLetters) => new ReadDeadLetters(letters),
      },
      {
        provide: ReplayDeadLetter,
        inject: [UnitOfWork, DeadLetters, BatchHandlers],
        useFactory: (unitOfWork: UnitOfWork, letters: DeadLetters, handlers: BatchHandlers) =>
          new ReplayDeadLetter(unitOfWork, letters, handlers),
      },
    ],
  };
}

function controllerOf(service: ServiceName): Type {
  @ApiTags('operations')
  @ApiBearerAuth()
  @Scope('admin')
  @Controller(`v1/dead-letters/${service}`)
  class DeadLettersController {
    constructor(
      private readonly letters: ReadDeadLetters,
      private readonly replaying: ReplayDeadLetter,
    ) {}

    /** Records that this service could not handle, newest first, with bytes, cause and position. */
    @Get()
    async list(@Tenant() tenant: string, @Query() query: DeadLetterQuery): Promise<DeadLetterPage> {
      return this.letters.execute({ tenant, cursor: query.cursor, limit: query.limit });
    }

    /** Handles the record again; what works is no dead letter any more. */
    @Post(':id/replay')
    @HttpCode(200)
    async replay(@Tenant() tenant: string, @Param('id') id: string): Promise<ReplayOutcome> {
      return this.replaying.execute(tenant, Number(id));
    }
  }
  return DeadLettersController;
}
