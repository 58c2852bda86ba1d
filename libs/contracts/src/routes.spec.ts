import { describe, expect, it } from '@jest/globals';
import { findRoute, ROUTES, serviceOf } from './routes.js';

describe('the route table', () => {
  it('finds every route by its own example: no pattern hides another', () => {
    for (const route of ROUTES) {
      expect(findRoute(route.method, route.path.replace(/:[a-z]+/g, 'some%2Fthing'))).toBe(route);
    }
  });

  it('divides profiles and interactions between services by the whole path', () => {
    expect(serviceOf('POST', '/v1/interactions')).toBe('ingestion');
    expect(serviceOf('GET', '/v1/interactions/shop/i-1')).toBe('journey');
    expect(serviceOf('GET', '/v1/profiles')).toBe('identity');
    expect(serviceOf('GET', '/v1/profiles/p')).toBe('identity');
    expect(serviceOf('GET', '/v1/profiles/p/timeline')).toBe('journey');
    expect(serviceOf('GET', '/v1/kpis/table')).toBe('metrics');
  });

  it('leaves a wrong method to the service that owns the address', () => {
    expect(findRoute('DELETE', '/v1/kpis')).toBeUndefined();
    expect(serviceOf('DELETE', '/v1/kpis')).toBe('metrics');
    expect(serviceOf('GET', '/v1/unknown')).toBeUndefined();
    expect(findRoute('HEAD', '/v1/kpis')?.service).toBe('metrics');
  });
});
