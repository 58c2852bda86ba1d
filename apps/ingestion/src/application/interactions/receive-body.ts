import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { mayWriteTo, type Principal, Problem, TenantDirectory } from '#runtime';
import { bodyFormat } from '../../domain/read-cloud-event.js';
import { splitBody } from '../../domain/split-body.js';
import { prepareBatch, type PreparedBatch } from '../../domain/prepare-batch.js';
import type { SourceAccess } from '../../domain/validate-interaction.js';

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
  constructor(private readonly directory: TenantDirectory) {}

  execute(principal: Principal, body: PostedBody, receivedAt: number): Received {
    const format = bodyFormat(body.headers);
    if (format === undefined) {
      throw new Problem(
        'unsupported-media-type',
        'Send application/json, or CloudEvents as JSON, in UTF-8.',
      );
    }
    const parsed = splitBody(body.bytes);
    if (parsed.kind === 'refused') {
      const { code, pointer, detail } = parsed;
      throw new Problem(code, `The body ${detail}.`, { errors: [{ pointer, code, detail }] });
    }
    const { tenant } = principal;
    const batch = prepareBatch(parsed.interactions, {
      tenant,
      receivedAt,
      requestId: randomUUID(),
      isLive: true,
      format,
      sourceAccess: (source) => this.accessTo(principal, source),
    });
    return {
      batch,
      pointerOf: (index) => `${PREFIX[parsed.shape]}${parsed.shape === 'single' ? '' : index}`,
    };
  }

  /** Whether the caller may write to this source, and the region of its phone numbers. */
  accessTo(principal: Principal, source: string): SourceAccess {
    const known = this.directory.source(principal.tenant, source);
    if (known === undefined) return { kind: 'unknown' };
    if (!mayWriteTo(principal, source)) return { kind: 'not-allowed' };
    return {
      kind: 'open',
      region: known.region ?? this.directory.settings(principal.tenant).region,
    };
  }
}

const PREFIX = { single: '', array: '/', batch: '/interactions/' } as const;
