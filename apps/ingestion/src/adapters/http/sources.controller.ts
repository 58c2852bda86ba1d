import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { compareText } from '#kernel';
import { Scope, Tenant, TenantDirectory } from '#runtime';
import { SaveSource } from '../../application/tenants/save-source.js';
import { DeleteSource } from '../../application/tenants/delete-source.js';
import type { SourceView } from '../../application/ports.js';
import { SourceDto } from './sources.dto.js';

@ApiTags('sources')
@Controller('v1/sources')
export class SourcesController {
  constructor(
    @Inject(SaveSource) private readonly saveSource: SaveSource,
    @Inject(DeleteSource) private readonly deleteSource: DeleteSource,
    @Inject(TenantDirectory) private readonly directory: TenantDirectory,
  ) {}

  @Get()
  @Scope('read')
  list(@Tenant() tenant: string): { items: SourceView[]; next: null } {
    const items = this.directory.sources(tenant).sort((a, b) => compareText(a.source, b.source));
    return { items: items.map(view), next: null };
  }

  /** Creates it, or changes region and description of the one that exists. */
  @Post()
  @Scope('admin')
  async create(@Tenant() tenant: string, @Body() body: SourceDto): Promise<SourceView> {
    return view(await this.saveSource.execute({ tenant, ...body }));
  }

  /** Nothing more is accepted from it; what it sent stays. */
  @Delete(':source')
  @HttpCode(204)
  @Scope('admin')
  async delete(@Tenant() tenant: string, @Param('source') source: string): Promise<void> {
    await this.deleteSource.execute(tenant, source);
  }
}

function view({ source, region, description }: SourceView): SourceView {
  return { source, region, description };
}
