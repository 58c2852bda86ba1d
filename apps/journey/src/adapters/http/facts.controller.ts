import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Fact } from '#contracts';
import { Scope, Tenant } from '#runtime';
import { ReadFacts, type Page } from '../../application/read-facts.js';
import type { TimelineItem } from '../../application/timeline-item.js';
import { PageQuery } from './journey.dto.js';

@ApiTags('facts')
@ApiBearerAuth()
@Scope('read')
@Controller('v1/facts/:id')
export class FactsController {
  constructor(private readonly facts: ReadFacts) {}

  @Get()
  async one(@Tenant() tenant: string, @Param('id') id: string): Promise<Fact> {
    return this.facts.one(tenant, id);
  }

  /** All that make it up, oldest first. */
  @Get('interactions')
  async interactions(
    @Tenant() tenant: string,
    @Param('id') id: string,
    @Query() query: PageQuery,
  ): Promise<Page<TimelineItem>> {
    return this.facts.interactionsOf({ tenant, id, cursor: query.cursor, limit: query.limit });
  }
}
