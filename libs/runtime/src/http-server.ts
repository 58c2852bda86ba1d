import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addBodyParsers, BODY_BYTES_MAX } from './body-parsers.js';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { problemOf } from './problem.js';
import type { Readiness } from './readiness.js';
import { requestIdOf } from './request-id.js';
import type { RouteIndex } from './route-index.js';
import { securityHeaders } from './security-headers.js';

const PARAMETER_LENGTH_MAX = 1_000;

/** Fastify as all services use it: 4 MB bodies, request ids, security headers, every answer of its own in problem+json. */
export function httpServer(routes: RouteIndex): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX, ignoreTrailingSlash: true },
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply),
    skipMiddie: true,
    forceCloseConnections: 'idle',
    // What comes on an open connection while the server closes is answered as ever: database and log close after it.
    return503OnClosing: false,
  });
  const fastify = adapter.getInstance();
  fastify.addHook('onRoute', (route) => {
    routes.add(route.url, Array.isArray(route.method) ? route.method : [route.method]);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    for (const [name, value] of Object.entries(securityHeaders(request.url)))
      if (!reply.hasHeader(name)) void reply.header(name, value);
    done(null, payload);
  });
  addBodyParsers(fastify);
  closeUnused(fastify);
  return adapter;
}

/** A connection that is kept would be closed under its next request. */
export function closeWhenLeaving(fastify: FastifyInstance, readiness: Readiness): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.isLeaving()) void reply.header('connection', 'close');
    done(null, payload);
  });
}

/**
 * Clients open connections ahead of requests. Node does not count one as idle on which nothing was ever asked, and would wait a minute
 * for it when the server closes.
 */
function closeUnused(fastify: FastifyInstance): void {
  const open = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id);
  void reply
    .code(problem.status)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .headers(securityHeaders(request.url))
    .send(JSON.stringify(problem));
}
