import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasKeyEndingInBackslash } from '#kernel';
import { Problem } from './problem.js';

export const BODY_BYTES_MAX = 4 * 1024 * 1024;

const JSON_TYPES = /^application\/(json|[a-z0-9.-]+\+json)(\s*;.*)?$/i;

/**
 * One parser for every JSON type. Routes marked `@RawBody()` get the bytes, because limits are checked before parsing;
 * others get the value. An absent body is `undefined`.
 */
export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    JSON_TYPES,
    { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX },
    (request, body, done) => {
      try {
        done(null, wantsBytes(request) ? body : parseJson(body));
      } catch (error) {
        done(error instanceof Error ? error : new Error('unreadable body'));
      }
    },
  );
}

function wantsBytes(request: FastifyRequest): boolean {
  const config: object = request.routeOptions.config;
  return Reflect.get(config, 'isRawBody') === true;
}

function parseJson(body: Buffer | string): unknown {
  const text = body.toString();
  if (text === '') return undefined;
  if (hasKeyEndingInBackslash(text))
    throw new Problem(
      'forbidden-character',
      'A member must not have a name that ends in a backslash.',
    );
  try {
    return JSON.parse(text, refusePrototype);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('malformed-json', placeOf(error));
  }
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__')
    throw new Problem('malformed-json', 'A member must not be called __proto__.');
  return value;
}

/** V8 quotes the input in its message: only the position is passed on. */
function placeOf(error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return position === undefined
    ? 'The JSON text ends too early.'
    : `Unexpected character at byte ${position}.`;
}
