import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestTrace, Tracing } from '#tracing';

/** A trace a request, by the caller's `traceparent` or by sampling. Named by route pattern: addresses hold ids. */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  const traces = new WeakMap<FastifyRequest, RequestTrace>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const traceParent = request.headers['traceparent'];
    const isOne = typeof traceParent === 'string';
    traces.set(request, tracing.startRequest(isOne ? traceParent : undefined));
    done();
  });
  // Not before the body is read: the events of a socket run outside any scope.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const trace = traces.get(request);
    if (trace === undefined) done();
    else trace.run(done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '(none)';
    traces.get(request)?.end({ route, method: request.method, status: reply.statusCode });
    done();
  });
}
