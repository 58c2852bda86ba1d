import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { proxyRules, renderProxy, renderUnavailable } from './render-proxy.js';
import { ROUTES, serviceOf } from './routes.js';

const FOLDERS = ['deploy/proxy', 'deploy/helm/touchline/files'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'];

/** As HAProxy reads the lines that were rendered: the first that fits. */
const rules = renderProxy()
  .split('\n')
  .flatMap((line) => {
    const found =
      /str\((\w+)\) if !\{ var\(txn\.service\) -m found \} (?:\{ method ([A-Z ]+) \} )?\{ path_reg '(\S+)' \}$/.exec(
        line,
      );
    return found
      ? [{ service: found[1], methods: found[2]?.split(' '), pattern: new RegExp(found[3] ?? '') }]
      : [];
  });

function chosenBy(method: string, path: string): string | undefined {
  return rules.find((rule) => (rule.methods?.includes(method) ?? true) && rule.pattern.test(path))
    ?.service;
}

describe("the reverse proxy's configuration", () => {
  it.each(FOLDERS)('in %s is fresh (else: npm run docs)', (folder) => {
    expect(readFileSync(`${folder}/haproxy.cfg`, 'utf8')).toBe(renderProxy());
    expect(readFileSync(`${folder}/unavailable.http`, 'utf8')).toBe(renderUnavailable());
  });

  it('leads every address with every method to the service that the route table names', () => {
    const segment = fc.constantFrom('x', '%2F', ...ROUTES.flatMap(({ path }) => path.split('/')));
    const path = fc.oneof(
      fc.constantFrom(...ROUTES.map((route) => route.path.replace(/:[a-z]+/g, 'some%2Fthing'))),
      fc.array(segment, { maxLength: 6 }).map((segments) => `/v1/${segments.join('/')}`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...METHODS), path, (method, at) => {
        expect(chosenBy(method, at)).toBe(serviceOf(method, at));
      }),
      { numRuns: 2_000 },
    );
  });

  it('says the method only where a path is divided between services', () => {
    const divided = proxyRules().filter(({ method }) => method !== undefined);
    expect(divided.map(({ method, pattern }) => `${method} ${pattern}`)).toEqual([
      'DELETE ^/v1/interactions/[^/]+/[^/]+$',
      'GET ^/v1/interactions/[^/]+/[^/]+$',
    ]);
  });

  it('logs no address, shows no metrics of the services, and answers for absent ones in our words', () => {
    expect(renderProxy()).not.toMatch(/%r\b|%HU|%HP|httplog/);
    expect(chosenBy('GET', '/metrics')).toBeUndefined();
    expect(renderUnavailable()).toMatch(
      /^HTTP\/1\.1 503 .*\n[^]*Retry-After: 2\n[^]*\n\n\{.*\}\n$/,
    );
  });
});
