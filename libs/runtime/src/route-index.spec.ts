import { describe, expect, it } from '@jest/globals';
import { RouteIndex } from './route-index.js';

describe('the index of routes', () => {
  const routes = new RouteIndex();
  routes.add('/v1/keys', ['GET']);
  routes.add('/v1/keys', ['POST']);
  routes.add('/v1/keys/:id', ['DELETE']);
  routes.add('/files/*', ['GET']);

  it.each([
    ['/v1/keys', ['GET', 'POST']],
    ['/v1/keys/', ['GET', 'POST']],
    ['/v1/keys/k1', ['DELETE']],
    ['/v1/keys/k1/more', []],
    ['/files/a/b', ['GET']],
    ['/v1', []],
  ])('knows the methods of %s', (path, methods) => {
    expect(routes.methodsOf(path)).toEqual(methods);
  });
});
