import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES, type ServiceName } from '#contracts';
import { type Proxy, type ProxyTargets, startProxy } from './proxy.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
let proxy: Proxy;

async function listen(handler: Handler): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-from': 'service' })
    .end(JSON.stringify(body));
};

/** Tells who answered and what it was asked; streams what is posted back. */
const service =
  (name: ServiceName): Handler =>
  (request, response) => {
    if (request.url === '/health/ready')
      return json(response, { status: name === 'metrics' ? 'down' : 'up' });
    if (request.url === '/docs-json')
      return json(response, {
        openapi: '3.0.0',
        paths: { [`/${name}`]: {} },
        components: { schemas: { [name]: {} } },
      });
    if (request.method === 'POST') return void request.pipe(response.writeHead(202));
    json(
      response,
      {
        name,
        url: request.url,
        key: request.headers.authorization,
        from: request.headers['x-forwarded-for'],
      },
      207,
    );
  };

beforeAll(async () => {
  const entries = await Promise.all(
    SERVICES.map(async (name) => [name, await listen(service(name))] as const),
  );
  const targets = {
    ...Object.fromEntries(entries),
    identity: 'http://127.0.0.1:1',
  } as ProxyTargets;
  proxy = await startProxy({ port: 0, targets });
});
afterAll(async () => {
  await proxy.stop();
  for (const server of servers) server.close();
});

const get = (path: string): Promise<Response> =>
  fetch(proxy.url + path, { headers: { authorization: 'Bearer k' } });

describe('the proxy of split mode', () => {
  it.each([
    ['/v1/rejections?limit=1', 'ingestion'],
    ['/v1/interactions/shop/i%2F1', 'journey'],
    ['/v1/profiles/p1/timeline', 'journey'],
    ['/v1/kpis/nps?window=1h&filter[channel]=web', 'metrics'],
    ['/problems/not-found', 'ingestion'],
  ])('sends %s to %s unchanged, and answers what it answers', async (path, name) => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('x-from')]).toEqual([207, 'service']);
    expect(await answer.json()).toEqual({ name, url: path, key: 'Bearer k', from: '127.0.0.1' });
  });

  it('streams large bodies both ways', async () => {
    const body = 'x'.repeat(3_000_000);
    const answer = await fetch(`${proxy.url}/v1/interactions`, { method: 'POST', body });
    expect([answer.status, (await answer.text()).length]).toEqual([202, body.length]);
  });

  it('answers 503 with Retry-After when the service is down', async () => {
    const answer = await get('/v1/profiles/p1');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject({
      code: 'unavailable',
      type: '/problems/unavailable',
    });
  });

  it('answers 404 where no service has anything', async () => {
    const answer = await get('/nowhere');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is ready when all services are', async () => {
    const answer = await get('/health/ready');
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { status: 'down', checks: { metrics: { status: 'down' }, journey: { status: 'up' } } },
    ]);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('shows one document of all routes', async () => {
    const document = (await (await get('/docs-json')).json()) as {
      paths: object;
      components: { schemas: object };
    };
    expect(Object.keys(document.paths)).toEqual(['/ingestion', '/journey', '/metrics']);
    expect(Object.keys(document.components.schemas)).toEqual(['ingestion', 'journey', 'metrics']);
  });
});
