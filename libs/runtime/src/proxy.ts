import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { SERVICES, serviceOf, type ServiceName } from '#contracts';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { Problem, problemOf, retryAfterSeconds } from './problem.js';
import { answerForAll } from './proxy-answers.js';
import { requestIdOf } from './request-id.js';
import { securityHeaders } from './security-headers.js';

export type ProxyTargets = Readonly<Record<ServiceName, string>>;

export interface ProxyOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly host?: string;
  /** Base address of each service. */
  readonly targets: ProxyTargets;
}

export interface Proxy {
  readonly url: string;
  /** Lets running requests end, at most 8 s. */
  stop(): Promise<void>;
}

const SOCKETS_MAX = 256;
const ANSWER_TIMEOUT_MS = 60_000;
const STOP_DEADLINE_MS = 8_000;
/** Belong to one connection, not to the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The one address of split mode: streams each request to the service that the route table names, unchanged. Health and the
 * OpenAPI document are those of all services together.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  const server = createServer((request, response) => {
    void route(request, response, { agent, targets: options.targets }).catch((error: unknown) =>
      refuse(request, response, error),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return { url: `http://${address}:${port}`, stop: () => stop(server, agent) };
}

interface Forwarding {
  readonly agent: Agent;
  readonly targets: ProxyTargets;
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  forwarding: Forwarding,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const common = await answerForAll(path, forwarding.targets);
  if (common !== undefined) {
    response.writeHead(common.status, {
      'content-type': 'application/json; charset=utf-8',
      ...securityHeaders(path),
      ...common.headers,
    });
    response.end(JSON.stringify(common.body));
    return;
  }
  const service = serviceOf(request.method ?? 'GET', path) ?? serviceOfPage(path);
  if (service === undefined)
    throw new Problem('not-found', 'There is nothing at this address; /docs lists what there is.');
  await forward(request, response, {
    agent: forwarding.agent,
    target: forwarding.targets[service],
  });
}

/** Pages that all services have alike. */
function serviceOfPage(path: string): ServiceName | undefined {
  return /^\/(docs|problems)(\/|$)/.test(path) ? SERVICES[0] : undefined;
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { agent, target }: { agent: Agent; target: string },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const outgoing = send(new URL(request.url ?? '/', target), {
      method: request.method,
      headers: {
        ...endToEnd(request.headers),
        'x-forwarded-for': request.socket.remoteAddress ?? '',
      },
      agent,
      timeout: ANSWER_TIMEOUT_MS,
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', () =>
      reject(new Problem('unavailable', 'The service behind this address does not answer.')),
    );
    outgoing.on('response', (answer) => {
      // A stream may be silent, and its reader slow: whoever sends it sees to both.
      if (answer.headers['content-type']?.startsWith('text/event-stream')) outgoing.setTimeout(0);
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      answer.on('end', resolve);
    });
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
      resolve();
    });
    request.pipe(outgoing);
  });
}

function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = problemOf(error, requestIdOf(request.headers['x-request-id']));
  const retryAfter = retryAfterSeconds(problem.status);
  response.writeHead(problem.status, {
    'content-type': PROBLEM_MEDIA_TYPE,
    ...securityHeaders('/'),
    connection: 'close',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(JSON.stringify(problem));
}

async function stop(server: Server, agent: Agent): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), STOP_DEADLINE_MS);
  await closed;
  clearTimeout(timer);
  agent.destroy();
}
