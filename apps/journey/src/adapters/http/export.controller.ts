import { Readable } from 'node:stream';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Scope, Tenant } from '#runtime';
import { ExportProfile } from '../../application/export-profile.js';

@ApiTags('profiles')
@ApiBearerAuth()
@Scope('admin')
@Controller('v1/profiles/:profileId/export')
export class ExportController {
  constructor(private readonly exports: ExportProfile) {}

  /** NDJSON, read page by page as the client takes it. */
  @Get()
  async all(
    @Tenant() tenant: string,
    @Param('profileId') profileId: string,
  ): Promise<StreamableFile> {
    const lines = await this.exports.execute(tenant, profileId);
    return new StreamableFile(Readable.from(lines), { type: 'application/x-ndjson' });
  }
}
