import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Seconds. Fine below 100 ms, where acknowledgements live. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MS_A_SECOND = 1_000;

/** The parser knows some thirty more; nobody serves them. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** Counts and times every answer by route pattern (never by address: those hold ids). */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram({
    name: 'touchline_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer, by route pattern, method and status.',
    labels: ['route', 'method', 'status'],
    buckets: BUCKETS,
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '(none)';
    const method = METHODS.has(request.method) ? request.method : 'other';
    const labels = { route, method, status: String(reply.statusCode) };
    seconds.observe(labels, reply.elapsedTime / MS_A_SECOND);
    done();
  });
}
