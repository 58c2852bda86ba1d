import { Controller, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Caller, type Principal, Problem, RawBody, Scope } from '#runtime';
import { readEdit } from '../../application/rejections/read-edit.js';
import { ReplayAlike, type ReplayedAlike } from '../../application/rejections/replay-alike.js';
import { type Replayed, ReplayOne } from '../../application/rejections/replay-one.js';
import { postedBody } from './posted-body.js';
import { cursorOf, positionOf } from './rejection-cursor.js';
import { ReplayAlikeDto, ReplayDto } from './rejections.dto.js';

type AlikeView = Omit<ReplayedAlike, 'next'> & { dryRun: boolean; next: string | null };

@ApiTags('rejections')
@Controller('v1/rejections')
export class ReplaysController {
  constructor(
    @Inject(ReplayOne) private readonly replayOne: ReplayOne,
    @Inject(ReplayAlike) private readonly replayAlike: ReplayAlike,
  ) {}

  /**
   * All that wait and are alike, oldest first, `limit` a call: as they were posted, or each with the merge patch of the body
   * (`application/merge-patch+json`). Go on with `next`.
   */
  @Post('replay')
  @HttpCode(200)
  @Scope('admin')
  @RawBody()
  async all(
    @Caller() caller: Principal,
    @Query() { code, source, pointer, dryRun, reason, cursor, limit }: ReplayAlikeDto,
    @Req() request: FastifyRequest,
  ): Promise<AlikeView> {
    const filter = { code, source, pointer };
    if (Object.values(filter).every((value) => value === undefined))
      throw new Problem('invalid-parameter', 'Name a code, a source or a pointer: all of what?');
    const edit = readEdit(postedBody(request));
    if (edit.kind === 'whole')
      throw new Problem('invalid-parameter', 'Send a merge patch: one interaction is not many.');
    const isDryRun = dryRun === 'true';
    const after = positionOf(cursor);
    const asked = { filter, edit, isDryRun, reason, after, limit };
    const { next, ...done } = await this.replayAlike.execute(caller, asked);
    return { dryRun: isDryRun, ...done, next: cursorOf(next) };
  }

  /**
   * Accepts it: as it was posted (empty body), with a merge patch (`application/merge-patch+json`), or as the interaction in the
   * body. A second replay changes nothing and answers what the first one did.
   */
  @Post(':rejectionId/replay')
  @HttpCode(200)
  @Scope('write')
  @RawBody()
  async one(
    @Caller() caller: Principal,
    @Param('rejectionId') rejectionId: string,
    @Query() { reason }: ReplayDto,
    @Req() request: FastifyRequest,
  ): Promise<Replayed> {
    const edit = readEdit(postedBody(request));
    const id = rejectionId.replaceAll('\u0000', '\ufffd');
    return this.replayOne.execute(caller, { rejectionId: id, edit, reason });
  }
}
