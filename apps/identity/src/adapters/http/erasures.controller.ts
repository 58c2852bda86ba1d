import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, type Principal, Scope, Tenant } from '#runtime';
import { RequestErasure } from '../../application/request-erasure.js';
import type { ErasureAccepted } from '../../application/request-erasure.js';
import { ShowErasure } from '../../application/show-erasure.js';
import type { ErasureReceipt } from '../../application/show-erasure.js';
import { ErasureDto } from './erasures.dto.js';

@ApiTags('erasures')
@Scope('admin')
@Controller('v1')
export class ErasuresController {
  constructor(
    private readonly requestErasure: RequestErasure,
    private readonly showErasure: ShowErasure,
  ) {}

  @Delete('profiles/:id')
  @HttpCode(202)
  @ApiOperation({ summary: 'Erase a customer from everywhere, for ever; nobody else gains by it' })
  erase(
    @Caller() { tenant, keyId }: Principal,
    @Param('id') id: string,
    @Query() { actor = '', reason = '' }: ErasureDto,
  ): Promise<ErasureAccepted> {
    return this.requestErasure.execute({ tenant, id, keyId, actor, reason });
  }

  @Get('erasures/:id')
  @ApiOperation({ summary: 'The receipt: what every service erased, and when the log forgets' })
  receipt(@Tenant() tenant: string, @Param('id') id: string): Promise<ErasureReceipt> {
    return this.showErasure.execute(tenant, id);
  }
}
