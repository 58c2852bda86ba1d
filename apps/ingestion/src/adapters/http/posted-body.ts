import type { FastifyRequest } from 'fastify';
import type { PostedBody } from '../../application/interactions/receive-body.js';

/** Of a route with `@RawBody()`. */
export function postedBody({ body, headers }: FastifyRequest): PostedBody {
  return { bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0), headers };
}
