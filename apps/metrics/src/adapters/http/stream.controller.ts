import { Readable } from 'node:stream';
import { Controller, Get, Header, Headers, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Caller, Scope } from '#runtime';
import type { Principal } from '#runtime';
import { OpenStream } from '../../application/streaming/open-stream.js';
import type { StreamRequest } from '../../application/streaming/open-stream.js';
import type { RawQuery } from './kpi-query.js';
import { StreamIds } from './stream-ids.js';
import { StreamKeeper } from './stream.keeper.js';
import { invalid, streamQuery } from './stream-query.js';
import { StreamText } from './stream-text.js';

const MEDIA_TYPE = 'text/event-stream; charset=utf-8';
/** Written and not yet taken by the socket, beside a page. */
const BUFFER_BYTES = 65_536;

interface RawReply {
  readonly raw: NodeJS.WritableStream & { destroy(): void };
}

@ApiTags('stream')
@Scope('read')
@Controller('v1/stream')
export class StreamController {
  constructor(
    private readonly streams: OpenStream,
    private readonly text: StreamText,
    private readonly ids: StreamIds,
    private readonly keeper: StreamKeeper,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @Header('x-accel-buffering', 'no')
  // Kept alive after its end, it would keep the process from going down.
  @Header('connection', 'close')
  @ApiOperation({ summary: 'What changes, as it changes: server-sent events from the log' })
  @ApiProduces('text/event-stream')
  @ApiQuery({ name: 'types', required: false, example: 'profile.changed,journey.*' })
  @ApiQuery({ name: 'from', required: false, enum: ['start', 'end'] })
  @ApiHeader({ name: 'last-event-id', required: false })
  async open(
    @Caller() caller: Principal,
    @Query() query: RawQuery,
    @Headers('last-event-id') lastId: string | undefined,
    @Res({ passthrough: true }) reply: RawReply,
  ): Promise<StreamableFile> {
    const { types, isFromStart } = streamQuery(query);
    const { tenant, keyId } = caller;
    const from = lastId ? this.positionIn(tenant, lastId) : isFromStart ? 'start' : undefined;
    const stream = await this.streams.execute({ tenant, keyId, types, from });
    this.keeper.keep(stream, reply.raw);
    const text = Readable.from(this.text.of(tenant, stream), {
      objectMode: false,
      highWaterMark: BUFFER_BYTES,
    });
    return new StreamableFile(text, { type: MEDIA_TYPE });
  }

  private positionIn(tenant: string, id: string): StreamRequest['from'] {
    const position = this.ids.open(tenant, id);
    if (position === undefined)
      throw invalid('last-event-id', 'Last-Event-ID takes an id that this stream gave you.');
    return position;
  }
}
