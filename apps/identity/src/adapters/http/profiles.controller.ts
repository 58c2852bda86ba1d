import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Identifier } from '#contracts';
import { Scope, Tenant } from '#runtime';
import { ExplainProfile } from '../../application/explain-profile.js';
import type { IdentityView } from '../../application/explain-profile.js';
import { ReadProfile } from '../../application/read-profile.js';
import type { ProfileView } from '../../application/read-profile.js';
import { ProfileQueryDto } from './profiles.dto.js';

@ApiTags('profiles')
@Scope('read')
@Controller('v1/profiles')
export class ProfilesController {
  constructor(
    private readonly profiles: ReadProfile,
    private readonly explain: ExplainProfile,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The profile that holds an identifier' })
  find(@Tenant() tenant: string, @Query() query: ProfileQueryDto): Promise<ProfileView> {
    return this.profiles.byIdentifier(tenant, identifierIn(query.identifier));
  }

  @Get(':id')
  @ApiOperation({ summary: 'A profile; an old id answers with the current one (requestedId)' })
  one(@Tenant() tenant: string, @Param('id') id: string): Promise<ProfileView> {
    return this.profiles.byId(tenant, id);
  }

  @Get(':id/identity')
  @ApiOperation({ summary: 'Identifiers with standing, links with evidence, decisions' })
  identity(@Tenant() tenant: string, @Param('id') id: string): Promise<IdentityView> {
    return this.explain.execute(tenant, id);
  }
}

/** The type ends at the first colon; a social network belongs to its type. */
function identifierIn(text: string): Identifier {
  const match = /^(social:[^:]+|[^:]+):([\s\S]+)$/u.exec(text);
  return { type: match?.[1] ?? '', value: match?.[2] ?? '' };
}
