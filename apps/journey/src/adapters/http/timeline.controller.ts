import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { parseInstant, type Fact } from '#contracts';
import { Scope, Tenant } from '#runtime';
import { ReadFacts, type Page } from '../../application/read-facts.js';
import { ReadTimeline, type Timeline } from '../../application/read-timeline.js';
import { FactParameters, TimelineParameters } from './journey.dto.js';

const instant = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseInstant(text);

@ApiTags('timelines')
@ApiBearerAuth()
@Scope('read')
@Controller('v1/profiles/:profileId')
export class TimelineController {
  constructor(
    private readonly timelines: ReadTimeline,
    private readonly facts: ReadFacts,
  ) {}

  /** Newest first; each row with the session and the contact it belongs to. */
  @Get('timeline')
  async timeline(
    @Tenant() tenant: string,
    @Param('profileId') profileId: string,
    @Query() query: TimelineParameters,
  ): Promise<Timeline> {
    const { from, to, channel, type, cursor, limit } = query;
    return this.timelines.execute({
      tenant,
      profileId,
      from: instant(from),
      to: instant(to),
      channel,
      type,
      cursor,
      limit,
    });
  }

  /** What was derived from the timeline, newest first. */
  @Get('facts')
  async factsOf(
    @Tenant() tenant: string,
    @Param('profileId') profileId: string,
    @Query() query: FactParameters,
  ): Promise<Page<Fact>> {
    const { kind, cursor, limit } = query;
    return this.facts.ofProfile({ tenant, profileId, kind, cursor, limit });
  }
}
