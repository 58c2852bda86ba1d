import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Fault } from '#kernel';
import { Scope, Tenant } from '#runtime';
import { ListCorrections } from '../../application/answering/list-corrections.js';
import { ListFactsBehind } from '../../application/answering/list-facts-behind.js';
import { ReadKpiTable, type KpiTable } from '../../application/answering/read-kpi-table.js';
import { ReadKpi, type KpiAnswer } from '../../application/answering/read-kpi.js';
import { CATALOGUE, kpiNamed } from '../../domain/catalogue/index.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import { correctionsView, type CorrectionsView } from './corrections.view.js';
import { inAskedFormat, kpiCsv, tableCsv } from './csv.js';
import type { TypedReply } from './csv.js';
import { factsBehindView, type FactsBehindView } from './facts-behind.view.js';
import { asOf, behindRequest, correctionsRequest, kpiRequest, tableWindows } from './kpi-query.js';
import type { RawQuery } from './kpi-query.js';

type CatalogueEntry = Pick<
  KpiDefinition,
  'name' | 'title' | 'unit' | 'version' | 'formula' | 'aggregator' | 'dimensions'
>;

@ApiTags('KPIs')
@Scope('read')
@Controller('v1/kpis')
export class KpiController {
  constructor(
    private readonly readKpi: ReadKpi,
    private readonly readTable: ReadKpiTable,
    private readonly listFacts: ListFactsBehind,
    private readonly listCorrections: ListCorrections,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The catalogue: name, title, unit, formula, dimensions, version' })
  catalogue(): { items: CatalogueEntry[]; next: null } {
    const items = CATALOGUE.map(
      ({ name, title, unit, version, formula, aggregator, dimensions }) => {
        return { name, title, unit, version, formula, aggregator, dimensions };
      },
    );
    return { items, next: null };
  }

  @Get('table')
  @ApiOperation({ summary: 'The rolling table: every KPI × window' })
  async table(
    @Tenant() tenant: string,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: TypedReply,
  ): Promise<KpiTable | string> {
    const table = await this.readTable.execute(tenant, tableWindows(query), asOf(query));
    return inAskedFormat(reply, table, tableCsv);
  }

  @Get(':name')
  @ApiOperation({ summary: 'One KPI over a window or from/to, by dimension and bucket, compared' })
  async one(
    @Tenant() tenant: string,
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: TypedReply,
  ): Promise<KpiAnswer | string> {
    const answer = await this.readKpi.execute(kpiRequest({ tenant, kpi: existing(name) }, query));
    return inAskedFormat(reply, answer, kpiCsv);
  }

  @Get(':name/facts')
  @ApiOperation({ summary: 'The facts behind the number; count and sum give it back' })
  async facts(
    @Tenant() tenant: string,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<FactsBehindView> {
    const request = behindRequest({ tenant, kpi: existing(name) }, query);
    return factsBehindView(await this.listFacts.execute(request));
  }

  @Get(':name/corrections')
  @ApiOperation({ summary: 'What changed in buckets after they were published: old, new, causes' })
  async corrections(
    @Tenant() tenant: string,
    @Param('name') name: string,
    @Query() query: RawQuery,
  ): Promise<CorrectionsView> {
    const request = correctionsRequest({ tenant, kpi: existing(name) }, query);
    return correctionsView(request.kpi, await this.listCorrections.execute(request));
  }
}

function existing(name: string): KpiDefinition {
  const kpi = kpiNamed(name);
  if (kpi === undefined)
    throw new Fault('not-found', 'There is no KPI of this name; see /v1/kpis.');
  return kpi;
}
