import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import { ReadInteraction, type WhereIsMyInteraction } from '../../application/read-interaction.js';
import { InteractionParameters } from './journey.dto.js';

@ApiTags('interactions')
@ApiBearerAuth()
@Scope('read')
@Controller('v1/interactions/:source/:id')
export class InteractionsController {
  constructor(private readonly interactions: ReadInteraction) {}

  /** Where is my event? 404 until it has come through identity. */
  @Get()
  async where(
    @Tenant() tenant: string,
    @Param('source') source: string,
    @Param('id') id: string,
    @Query() { version }: InteractionParameters,
  ): Promise<WhereIsMyInteraction> {
    return this.interactions.execute({ tenant, source, id }, version);
  }
}
