import { Fault } from '#kernel';
import { InteractionSink, type PostOutcome } from '../application/ports.js';
import type { Draft } from '../domain/map-record.js';
import type { Answer, TouchlineClient } from './touchline-client.js';

/** At most this much JSON a request: the server takes 4 MB. */
const BODY_BYTES_MAX = 3_500_000;

/** `POST /v1/interactions`. A request that is too large is sent in halves; rejections keep their index. */
export class HttpSink extends InteractionSink {
  constructor(private readonly client: TouchlineClient) {
    super();
  }

  async post(interactions: readonly Draft[]): Promise<PostOutcome> {
    if (
      interactions.length > 1 &&
      Buffer.byteLength(JSON.stringify(interactions)) > BODY_BYTES_MAX
    ) {
      const middle = Math.ceil(interactions.length / 2);
      const first = await this.post(interactions.slice(0, middle));
      const second = await this.post(interactions.slice(middle));
      return joined(first, second, middle);
    }
    const answer = await this.client.send({
      method: 'POST',
      path: '/v1/interactions',
      body: { interactions },
    });
    return readOutcome(answer, interactions.length);
  }
}

function joined(first: PostOutcome, second: PostOutcome, offset: number): PostOutcome {
  const moved = second.rejected.map((each) => ({ ...each, index: each.index + offset }));
  return { accepted: first.accepted + second.accepted, rejected: [...first.rejected, ...moved] };
}

/** 202, and 422 with every one rejected, are answers about the records; any other status is about the request. */
function readOutcome({ status, body }: Answer, size: number): PostOutcome {
  const { accepted, rejected, code, detail } = (body ?? {}) as {
    accepted?: unknown[];
    rejected?: PostOutcome['rejected'];
    code?: string;
    detail?: string;
  };
  if (rejected && (status < 300 || status === 422))
    return { accepted: accepted?.length ?? 0, rejected };
  if (status < 300 && accepted) return { accepted: accepted.length, rejected: [] };
  if (size === 1 && (status === 413 || status === 422)) {
    const problem = { index: 0, code: code ?? 'invalid-value', detail: detail ?? 'rejected' };
    return { accepted: 0, rejected: [problem] };
  }
  throw new Fault(code ?? 'internal', detail ?? `POST /v1/interactions answered ${status}`);
}
