import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import type { Page } from '../../application/read-facts.js';
import { ReadQuarantines, type QuarantineView } from '../../application/read-quarantines.js';
import { JourneyReader } from '../../application/reading.js';
import {
  quarantinedProfile,
  RetryQuarantine,
  type RetryOutcome,
} from '../../application/retry-quarantine.js';
import { PageQuery } from './journey.dto.js';

@ApiTags('operations')
@ApiBearerAuth()
@Scope('admin')
@Controller('v1/quarantines')
export class QuarantinesController {
  constructor(
    private readonly quarantines: ReadQuarantines,
    private readonly retrying: RetryQuarantine,
    private readonly reader: JourneyReader,
  ) {}

  /** Profiles whose facts stay at their last good revision because deriving them threw. */
  @Get()
  async list(@Tenant() tenant: string, @Query() query: PageQuery): Promise<Page<QuarantineView>> {
    return this.quarantines.execute({ tenant, cursor: query.cursor, limit: query.limit });
  }

  /** Derives the profile's facts again. */
  @Post(':profileId/retry')
  @HttpCode(200)
  async retry(
    @Tenant() tenant: string,
    @Param('profileId') profileId: string,
  ): Promise<RetryOutcome> {
    return this.retrying.execute(await quarantinedProfile(this.reader, tenant, profileId));
  }
}
