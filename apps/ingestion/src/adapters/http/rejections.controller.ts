import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Fault } from '#kernel';
import { Problem, Scope, Tenant } from '#runtime';
import { type RejectionQuery, Rejections, type StoredRejection } from '../../application/ports.js';
import { RejectionsDto } from './rejections.dto.js';

type RejectionView = Omit<StoredRejection, 'tenant'>;
type Position = NonNullable<RejectionQuery['after']>;

@ApiTags('rejections')
@Scope('read')
@Controller('v1/rejections')
export class RejectionsController {
  constructor(@Inject(Rejections) private readonly rejections: Rejections) {}

  /** Newest first. */
  @Get()
  async list(
    @Tenant() tenant: string,
    @Query() query: RejectionsDto,
  ): Promise<{ items: RejectionView[]; next: string | null }> {
    const { code, source, limit } = query;
    const after = query.cursor === undefined ? undefined : positionOf(query.cursor);
    const found = await this.rejections.list({
      tenant,
      code: text(code),
      source: text(source),
      after,
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return { items: items.map(view), next: last === undefined ? null : cursorOf(last) };
  }

  @Get(':rejectionId')
  async read(
    @Tenant() tenant: string,
    @Param('rejectionId') rejectionId: string,
  ): Promise<RejectionView> {
    const found = await this.rejections.find(tenant, text(rejectionId) ?? '');
    if (found === undefined) throw new Fault('not-found', 'There is no such rejection.');
    return view(found);
  }
}

/** U+0000 is in no stored value, and Postgres refuses it as a parameter. */
function text(value: string | undefined): string | undefined {
  return value?.replaceAll('\u0000', '\ufffd');
}

function view(rejection: StoredRejection): RejectionView {
  const { rejectionId, source, id, receivedAt, code, detail, pointer, raw } = rejection;
  return { rejectionId, source, id, receivedAt, code, detail, pointer, raw };
}

function cursorOf({ receivedAt, rejectionId }: Position): string {
  return Buffer.from(JSON.stringify([receivedAt, rejectionId])).toString('base64url');
}

function positionOf(cursor: string): Position {
  try {
    const [receivedAt, rejectionId] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) as unknown[];
    if (
      typeof receivedAt === 'string' &&
      typeof rejectionId === 'string' &&
      !Number.isNaN(Date.parse(receivedAt))
    ) {
      return {
        receivedAt: new Date(receivedAt).toISOString(),
        rejectionId: rejectionId.replaceAll('\u0000', ''),
      };
    }
  } catch {
    // falls through: not one of ours
  }
  throw new Problem('invalid-parameter', 'cursor is not the `next` of a page.', {
    errors: [{ pointer: '/cursor', code: 'invalid-parameter', detail: 'not the `next` of a page' }],
  });
}
