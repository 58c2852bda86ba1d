import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, type RunningIngestion, startIngestion } from './running-ingestion.fixture.js';

let ingestion: RunningIngestion;

beforeAll(async () => {
  ingestion = await startIngestion();
});
afterAll(() => ingestion.stop());

const statusOf = async (
  path: string,
  asked?: Parameters<RunningIngestion['ask']>[1],
): Promise<number> => (await ingestion.ask(path, asked)).status;

describe('API keys', () => {
  it('guard every endpoint by scope', async () => {
    const { read, write, admin } = ingestion.keys;
    const keys = ['', 'tl_read_wrong', read, write, admin];
    const statuses = async (path: string, asked = {}) =>
      Promise.all(keys.map((key) => statusOf(path, { ...asked, key })));
    expect(await statuses('/v1/rejections')).toEqual([401, 401, 200, 403, 200]);
    expect(await statuses('/v1/keys')).toEqual([401, 401, 403, 403, 200]);
    expect(await statuses('/v1/validate', { body: {} })).toEqual([401, 401, 403, 200, 200]);
    expect(await statuses('/v1/settings')).toEqual([401, 401, 200, 403, 200]);
  });

  it('work from the moment they are issued to the moment they are revoked, also as the user of Basic', async () => {
    const issued = await ingestion.ask('/v1/keys', { body: { name: 'partner', scopes: ['read'] } });
    expect(issued.status).toBe(201);
    const { key, keyId } = issued.body as { key: string; keyId: string };
    expect(await statusOf('/v1/settings', { key })).toBe(200);
    const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    expect(await statusOf('/v1/settings', { key: '', headers: { authorization } })).toBe(200);
    expect(await statusOf(`/v1/keys/${keyId}`, { method: 'DELETE' })).toBe(204);
    expect(await statusOf('/v1/settings', { key })).toBe(401);
    expect(await statusOf(`/v1/keys/${keyId}`, { method: 'DELETE' })).toBe(404);
  });

  it('are listed without key and hash', async () => {
    const text = JSON.stringify((await ingestion.ask('/v1/keys')).body);
    expect(text).toContain('first admin');
    expect(text).not.toMatch(/hash|tl_/);
  });

  it('always leave an admin key', async () => {
    const { items } = (await ingestion.ask('/v1/keys')).body as {
      items: { keyId: string; scopes: string[] }[];
    };
    const admin = items.find(({ scopes }) => scopes.includes('admin'));
    const answer = await ingestion.ask(`/v1/keys/${admin?.keyId}`, { method: 'DELETE' });
    expect([answer.status, answer.body['code']]).toEqual([409, 'conflict']);
  });

  it.each([
    [{}],
    [{ name: 'n', scopes: [] }],
    [{ name: 'n', scopes: ['root'] }],
    [{ name: 'n', scopes: ['read', 'read'] }],
    [{ name: 'n', scopes: ['read'], sources: ['nowhere'] }],
    [{ name: 'a\u0000', scopes: ['read'] }],
    [[]],
    [{ name: 'n', scopes: ['read'], more: 1 }],
  ])('are not issued for %j', async (body) => {
    const answer = await ingestion.ask('/v1/keys', { body });
    expect([answer.status, answer.body['code']]).toEqual([422, 'invalid-parameter']);
  });
});

describe('sources', () => {
  it('take interactions from the moment they are made to the moment they are deleted', async () => {
    const post = () => statusOf('/v1/interactions', { body: interaction({ source: 'kiosk' }) });
    expect(await post()).toBe(422);
    expect(await statusOf('/v1/sources', { body: { source: 'kiosk' } })).toBe(201);
    expect(await post()).toBe(202);
    expect(await statusOf('/v1/sources/kiosk', { method: 'DELETE' })).toBe(204);
    expect(await post()).toBe(422);
    expect(await statusOf('/v1/sources', { body: { source: 'kiosk' } })).toBe(201);
    expect(await post()).toBe(202);
  });

  it('are changed by making them again', async () => {
    await ingestion.ask('/v1/sources', { body: { source: 'shop', description: 'old' } });
    await ingestion.ask('/v1/sources', {
      body: { source: 'shop', description: 'new', region: 'FR' },
    });
    const { items } = (await ingestion.ask('/v1/sources')).body as { items: { source: string }[] };
    expect(items.filter(({ source }) => source === 'shop')).toEqual([
      { source: 'shop', description: 'new', region: 'FR' },
    ]);
  });

  it.each([
    [{ source: '' }],
    [{ source: 'a b' }],
    [{ source: 'a\u001fb' }],
    [{ source: 'x'.repeat(101) }],
    [{ source: 'a', region: 'Germany' }],
  ])('are refused as %j', async (body) => {
    expect(await statusOf('/v1/sources', { body })).toBe(422);
  });
});

describe('settings', () => {
  it('change member by member, and are in force at once', async () => {
    const put = (body: unknown) => ingestion.ask('/v1/settings', { method: 'PUT', body });
    await put({ zone: 'Europe/Berlin' });
    await put({ serviceLevelMs: 30_000 });
    expect((await ingestion.ask('/v1/settings')).body).toEqual({
      zone: 'Europe/Berlin',
      region: 'US',
      serviceLevelMs: 30_000,
      shortAbandonMs: 5_000,
      issueWindowDays: 7,
      sessionInactivityMs: 1_800_000,
    });
    expect((await put({ zone: 'Mars/Olympus' })).status).toBe(422);
    expect((await put({ colour: 'red' })).status).toBe(422);
  });

  it('know a retention of whole days, off at first and off again by null', async () => {
    const put = (retentionDays: unknown) =>
      ingestion.ask('/v1/settings', { method: 'PUT', body: { retentionDays } });
    const read = async () => (await ingestion.ask('/v1/settings')).body['retentionDays'];
    expect(await read()).toBeUndefined();
    for (const wrong of [0, 36_501, 1.5, '30', true]) expect((await put(wrong)).status).toBe(422);
    expect(await read()).toBeUndefined();
    expect((await put(36_500)).body).toMatchObject({ retentionDays: 36_500 });
    expect(await read()).toBe(36_500);
    const { retentionStartsAt } = (await put(30)).body;
    expect(Date.parse(String(retentionStartsAt)) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    expect((await put(31)).body).toMatchObject({ retentionDays: 31, retentionStartsAt });
    const forged = { retentionDays: 31, retentionStartsAt: '2020-01-01T00:00:00Z' };
    expect((await ingestion.ask('/v1/settings', { method: 'PUT', body: forged })).status).toBe(422);
    const off = (await put(null)).body;
    expect(off).not.toHaveProperty('retentionDays');
    expect(off).not.toHaveProperty('retentionStartsAt');
    expect(await read()).toBeUndefined();
  });
});

describe('the process', () => {
  it('says that it is ready and what it stands on', async () => {
    const { status, body } = await ingestion.ask('/health/ready', { key: '' });
    expect(status).toBe(200);
    expect(Object.keys(body['checks'] as object).sort()).toEqual([
      'cache',
      'database',
      'log',
      'relay',
      'subscriptions',
    ]);
  });

  it('resolves the page of every problem, documents its routes, and shows metrics', async () => {
    const { items } = (await ingestion.ask('/problems', { key: '' })).body as {
      items: { code: string }[];
    };
    const { url } = ingestion.application;
    for (const { code } of items) expect((await fetch(`${url}/problems/${code}`)).status).toBe(200);
    expect((await ingestion.ask('/docs-json', { key: '' })).body).toMatchObject({
      paths: { '/v1/interactions': { post: {} } },
    });
    for (const path of ['/docs', '/docs/swagger-ui.css', '/metrics', '/health/live'])
      expect((await fetch(url + path)).status).toBe(200);
    // Its page loads its own script, from this host.
    const { headers } = await fetch(`${url}/docs`);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
  });

  it.each([
    ['GET', '/nowhere', 404, 'not-found'],
    ['PATCH', '/v1/keys', 405, 'method-not-allowed'],
    ['GET', '/%zz', 400, 'malformed-request'],
    ['GET', '/problems/none', 404, 'not-found'],
  ])('answers %s %s with a problem', async (method, path, status, code) => {
    const answer = await ingestion.ask(path, { method });
    expect([answer.status, answer.body['code'], answer.headers.get('content-type')]).toEqual([
      status,
      code,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body['requestId']).toEqual(expect.any(String));
  });

  it.each(['/v1/settings', '/nowhere', '/%zz', '/health/live', '/docs-json'])(
    'tells browsers and caches at %s to keep, guess, load and frame nothing',
    async (path) => {
      const { headers } = await ingestion.ask(path);
      const names = ['cache-control', 'content-security-policy', 'x-content-type-options'];
      expect(names.map((name) => headers.get(name))).toEqual([
        'no-store',
        "default-src 'none'; frame-ancestors 'none'",
        'nosniff',
      ]);
    },
  );

  it('keeps the request id that it is given', async () => {
    const answer = await ingestion.ask('/nowhere', { headers: { 'x-request-id': 'mine-1' } });
    expect([answer.body['requestId'], answer.headers.get('x-request-id')]).toEqual([
      'mine-1',
      'mine-1',
    ]);
  });
});

describe('an installation that was given its first key', () => {
  it('has this one only, and no other was made that somebody might have seen', async () => {
    const TOUCHLINE_ADMIN_KEY = 'tl_admin_given-by-who-installs-in-a-file';
    const given = await startIngestion({ TOUCHLINE_ADMIN_KEY });
    expect(given.keys).toEqual({ admin: TOUCHLINE_ADMIN_KEY });
    const { items } = (await given.ask('/v1/keys')).body as { items: { scopes: string[] }[] };
    expect(items.map(({ scopes }) => scopes)).toEqual([['admin']]);
    await given.stop();
  });
});
