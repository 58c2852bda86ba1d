import { Injectable } from '@nestjs/common';
import type { LogRecord } from '#event-log';
import { Clock } from '#kernel';
import { Secret } from '#runtime';
import type { OpenedStream } from '../../application/streaming/open-stream.js';
import { ScreenErased } from '../../application/streaming/screen-erased.js';
import type { EndReason, Step } from '../../application/streaming/stream-session.js';
import { eventJson, streamEvent } from '../../domain/stream-event.js';
import { StreamIds } from './stream-ids.js';

/** Clients that lost the connection come back after this long, ms. */
const RETRY_MS = 2_000;

const LAST_WORDS: Readonly<Record<EndReason, string>> = {
  gone: '',
  shutdown: ': this process goes down, come back with the last id',
  revoked: 'event: end\ndata: {"reason":"key-revoked"}',
  slow: 'event: end\ndata: {"reason":"too-slow"}',
  failed: ': the log cannot be read, come back with the last id',
};

interface Told {
  readonly tenant: string;
  readonly stream: OpenedStream;
}

/** A stream as text/event-stream, written as the client takes it. */
@Injectable()
export class StreamText {
  private readonly secret: string;
  events = 0;

  constructor(
    private readonly ids: StreamIds,
    private readonly screen: ScreenErased,
    private readonly clock: Clock,
    secret: Secret,
  ) {
    this.secret = secret.value;
  }

  async *of(tenant: string, stream: OpenedStream): AsyncGenerator<string> {
    const told = { tenant, stream };
    try {
      yield `retry: ${RETRY_MS}\nid: ${this.idOf(told)}\n\n`;
      if (stream.gaps > 0) yield gapEvent(stream.gaps);
      for await (const step of stream.session.steps()) {
        const text = await this.textOf(step, told);
        if (text !== '') yield text;
      }
    } finally {
      await stream.leave();
    }
  }

  private async textOf(step: Step, told: Told): Promise<string> {
    if (step.kind === 'end') {
      const words = LAST_WORDS[step.reason];
      return words === '' ? '' : `${words}\nretry: ${RETRY_MS}\n\n`;
    }
    if (step.kind === 'beat') return `: still here\nid: ${this.idOf(told)}\n\n`;
    const shown = step.isOld
      ? await this.screen.execute(told.tenant, step.records)
      : step.records.map((record) => ({ record, isWithheld: false }));
    return step.records
      .map((record, index) => this.eventOf(record, { ...told, shown: shown[index] }))
      .join('');
  }

  private eventOf(
    passed: LogRecord,
    { shown, ...told }: Told & { shown: Awaited<ReturnType<ScreenErased['execute']>>[number] },
  ): string {
    told.stream.session.passed(passed);
    if (shown === undefined) return '';
    const { record, isWithheld } = shown;
    const event = streamEvent(record, { secret: this.secret, isWithheld });
    if (event === undefined) return '';
    this.events += 1;
    return `id: ${this.idOf(told)}\nevent: ${event.type}\ndata: ${eventJson(event)}\n\n`;
  }

  private idOf({ tenant, stream: { session, log } }: Told): string {
    const issuedAt = Math.floor(this.clock.now() / 1_000);
    return this.ids.seal(tenant, { log, issuedAt, places: session.position() });
  }
}

function gapEvent(partitions: number): string {
  const detail =
    'The log no longer holds all that came after your last id: read what stands by the API.';
  return `event: gap\ndata: ${JSON.stringify({ partitions, detail })}\n\n`;
}
