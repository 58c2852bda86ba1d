import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpSink } from './http-sink.js';
import { TouchlineClient } from './touchline-client.js';

let server: Server | undefined;
afterEach(
  () => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())),
);

type Handler = (
  body: { interactions: { id: string }[] },
  call: number,
) => {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
};

async function serve(handler: Handler): Promise<{ sink: HttpSink; calls: () => number }> {
  let calls = 0;
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = handler(JSON.parse(Buffer.concat(chunks).toString()) as never, calls++);
    response.writeHead(answer.status, { connection: 'close', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  };
  const started = createServer((request, response) => void listener(request, response));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  return {
    sink: new HttpSink(new TouchlineClient({ url, patienceMs: 5_000 })),
    calls: () => calls,
  };
}

const accepted = (interactions: readonly { id: string }[]) => ({
  accepted: interactions.map(({ id }, index) => ({ index, id })),
  rejected: [],
});

describe('posting interactions', () => {
  it('tries again after 429 and 503, as Retry-After says', async () => {
    const { sink, calls } = await serve(({ interactions }, call) =>
      call < 2
        ? {
            status: call === 0 ? 429 : 503,
            body: { code: 'overloaded' },
            headers: { 'retry-after': '0' },
          }
        : { status: 202, body: accepted(interactions) },
    );
    expect(await sink.post([{ id: 'a' }])).toEqual({ accepted: 1, rejected: [] });
    expect(calls()).toBe(3);
  });

  it('takes a 422 with all rejected as an answer about the records', async () => {
    const rejected = [{ index: 0, code: 'unknown-type', detail: 'no', pointer: '/type' }];
    const { sink } = await serve(() => ({
      status: 422,
      body: { code: 'no-valid-interaction', rejected },
    }));
    expect(await sink.post([{ id: 'a' }])).toEqual({ accepted: 0, rejected });
  });

  it('sends what is too large for a request in parts, and keeps the index of rejections', async () => {
    const { sink, calls } = await serve(({ interactions }) => {
      const rejected = interactions.flatMap(({ id }, index) =>
        id === '3' ? [{ index, code: 'too-large', detail: 'no' }] : [],
      );
      const good = interactions.filter(({ id }) => id !== '3');
      return { status: 202, body: { ...accepted(good), rejected } };
    });
    const filler = 'x'.repeat(1_000_000);
    const posted = ['0', '1', '2', '3'].map((id) => ({ id, filler }));
    expect(await sink.post(posted)).toEqual({
      accepted: 3,
      rejected: [{ index: 3, code: 'too-large', detail: 'no' }],
    });
    expect(calls()).toBe(2);
  });

  it('throws the code of a problem that is about the request', async () => {
    const { sink } = await serve(() => ({
      status: 401,
      body: { code: 'unauthenticated', detail: 'key?' },
    }));
    await expect(sink.post([{ id: 'a' }, { id: 'b' }])).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});
