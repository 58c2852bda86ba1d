import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Fault } from '#kernel';
import { Scope, Tenant } from '#runtime';
import { type RejectionGroup, Rejections, type StoredRejection } from '../../application/ports.js';
import { NOT_FOUND } from '../../application/rejections/replay-one.js';
import { cursorOf, positionOf } from './rejection-cursor.js';
import { AlikeDto, RejectionsDto } from './rejections.dto.js';

type RejectionView = Omit<StoredRejection, 'tenant' | 'derivedId'>;

@ApiTags('rejections')
@Scope('read')
@Controller('v1/rejections')
export class RejectionsController {
  constructor(@Inject(Rejections) private readonly rejections: Rejections) {}

  /** Newest first. */
  @Get()
  async list(
    @Tenant() tenant: string,
    @Query() { limit, cursor, replayed, code, source, pointer }: RejectionsDto,
  ): Promise<{ items: RejectionView[]; next: string | null }> {
    const isReplayed = replayed === undefined ? undefined : replayed === 'true';
    const found = await this.rejections.list({
      tenant,
      filter: { code, source, pointer, isReplayed },
      after: positionOf(cursor),
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    return { items: items.map(view), next: cursorOf(found[limit] && items.at(-1)) };
  }

  /** Those that wait, by cause; the most frequent first. */
  @Get('groups')
  async group(
    @Tenant() tenant: string,
    @Query() { limit, code, source, pointer }: AlikeDto,
  ): Promise<{ items: RejectionGroup[]; next: null }> {
    const filter = { code, source, pointer, isReplayed: false };
    return { items: await this.rejections.group({ tenant, filter, limit }), next: null };
  }

  @Get(':rejectionId')
  async read(
    @Tenant() tenant: string,
    @Param('rejectionId') rejectionId: string,
  ): Promise<RejectionView> {
    const found = await this.rejections.find(tenant, rejectionId.replaceAll('\u0000', '\ufffd'));
    if (found === undefined) throw new Fault('not-found', NOT_FOUND);
    return view(found);
  }
}

function view({ tenant: _, derivedId: __, ...shown }: StoredRejection): RejectionView {
  return shown;
}
