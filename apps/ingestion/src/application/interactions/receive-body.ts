import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Principal, Problem } from '#runtime';
import { bodyFormat } from '../../domain/read-cloud-event.js';
import { type RefusedBody, splitBody } from '../../domain/split-body.js';
import { prepareBatch, type PreparedBatch } from '../../domain/prepare-batch.js';
import { SourceGate } from './source-gate.js';

export interface PostedBody {
  readonly bytes: Uint8Array;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Received {
  readonly batch: PreparedBatch;
  /** JSON pointer of an interaction of the request as posted: `` or `/3` or `/interactions/3`. */
  readonly pointerOf: (index: number) => string;
}

/** Bytes of a request → what becomes of each interaction. Throws a problem when the body has no parts to tell apart. */
@Injectable()
export class ReceiveBody {
  constructor(private readonly sourceGate: SourceGate) {}

  execute(principal: Principal, body: PostedBody, receivedAt: number): Received {
    const format = bodyFormat(body.headers);
    if (format === undefined) throw unreadableType();
    const parsed = splitBody(body.bytes);
    if (parsed.kind === 'refused') throw refusedBody(parsed);
    const { tenant } = principal;
    const batch = prepareBatch(parsed.interactions, {
      tenant,
      receivedAt,
      requestId: randomUUID(),
      isLive: true,
      format,
      sourceAccess: (source) => this.sourceGate.accessOf(principal, source),
    });
    return {
      batch,
      pointerOf: (index) => `${PREFIX[parsed.shape]}${parsed.shape === 'single' ? '' : index}`,
    };
  }
}

const PREFIX = { single: '', array: '/', batch: '/interactions/' } as const;

export function unreadableType(): Problem {
  return new Problem(
    'unsupported-media-type',
    'Send application/json, or CloudEvents as JSON, in UTF-8.',
  );
}

export function refusedBody({ code, pointer, detail }: RefusedBody): Problem {
  return new Problem(code, `The body ${detail}.`, { errors: [{ pointer, code, detail }] });
}
