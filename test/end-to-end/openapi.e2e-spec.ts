import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { eventually } from '#testing';
import { flavours, type Stack } from './stack.js';

interface Described {
  readonly paths: Record<string, Record<string, { responses: Record<string, Content> }>>;
  readonly components: { readonly schemas: Record<string, object> };
}
interface Content {
  readonly content?: Record<string, { schema?: object }>;
}

const [embedded] = flavours();
if (embedded === undefined) throw new Error('there is always an embedded stack');

/** `/docs-json` of a running system, held against what it answers. Read strictly: what is not described is a fault too. */
describe('the OpenAPI document', () => {
  let stack: Stack;
  let document: Described;
  const ids = { profile: '', fact: '', rejection: '' };
  beforeAll(async () => {
    stack = await embedded.start();
    document = (await stack.client.get('/docs-json')) as Described;
    Object.assign(ids, await fill(stack));
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const calls: readonly (readonly [call: string, path: () => string, body?: unknown])[] = [
    ['POST /v1/sources', () => '/v1/sources', { source: 'desk', region: 'DE' }],
    ['GET /v1/sources', () => '/v1/sources'],
    [
      'POST /v1/keys',
      () => '/v1/keys',
      { name: 'k', scopes: ['read'], limits: { requests: null } },
    ],
    ['GET /v1/keys', () => '/v1/keys'],
    ['GET /v1/settings', () => '/v1/settings'],
    ['PUT /v1/settings', () => '/v1/settings', { limits: { requests: { perSecond: 9_999 } } }],
    [
      'POST /v1/interactions',
      () => '/v1/interactions',
      [order('order-1'), { ...order('x'), type: 1 }],
    ],
    ['POST /v1/validate', () => '/v1/validate', [order('order-2'), {}]],
    ['GET /v1/rejections', () => '/v1/rejections'],
    ['GET /v1/rejections/groups', () => '/v1/rejections/groups'],
    ['GET /v1/rejections/{rejectionId}', () => `/v1/rejections/${ids.rejection}`],
    ['GET /v1/profiles', () => '/v1/profiles?identifier=email:jane@example.com'],
    ['GET /v1/profiles/{id}', () => `/v1/profiles/${ids.profile}`],
    ['GET /v1/profiles/{id}/identity', () => `/v1/profiles/${ids.profile}/identity`],
    ['GET /v1/identity/statistics', () => '/v1/identity/statistics'],
    ['GET /v1/identity/rules', () => '/v1/identity/rules'],
    ['GET /v1/identity/calls', () => '/v1/identity/calls'],
    [
      'GET /v1/identity/explain',
      () => '/v1/identity/explain?a=email:jane@example.com&b=userId:jane',
    ],
    ['GET /v1/interactions/{source}/{id}', () => '/v1/interactions/shop/order-1'],
    ['GET /v1/profiles/{profileId}/timeline', () => `/v1/profiles/${ids.profile}/timeline`],
    ['GET /v1/profiles/{profileId}/facts', () => `/v1/profiles/${ids.profile}/facts`],
    ['GET /v1/facts/{id}', () => `/v1/facts/${ids.fact}`],
    ['GET /v1/facts/{id}/interactions', () => `/v1/facts/${ids.fact}/interactions`],
    ['GET /v1/dead-letters/journey', () => '/v1/dead-letters/journey'],
    ['GET /v1/quarantines', () => '/v1/quarantines'],
    ['GET /v1/kpis', () => '/v1/kpis'],
    ['GET /v1/kpis/table', () => '/v1/kpis/table'],
    [
      'GET /v1/kpis/{name}',
      () => '/v1/kpis/revenue?window=24h&by=channel&bucket=hour&compare=previous',
    ],
    ['GET /v1/kpis/{name}/facts', () => '/v1/kpis/orders/facts?window=24h'],
    ['GET /v1/kpis/{name}/facts', () => '/v1/kpis/interactions/facts?window=24h'],
    ['GET /v1/kpis/{name}/corrections', () => '/v1/kpis/orders/corrections?window=24h'],
  ];

  it.each(calls)('says what %s answers', async (...[call, path, body]) => {
    const method = call.split(' ')[0] ?? '';
    const answer = await stack.client.send({ method, path: path(), body });
    expect(answer.status).toBeLessThan(300);
    expect(faultsOf(schemaOf(call, String(answer.status)), answer.body)).toEqual([]);
  });

  it('says what a refusal is', async () => {
    const refusals = [
      { method: 'GET', path: '/v1/profiles?identifier=email:nobody@example.com' },
      { method: 'POST', path: '/v1/keys', body: { scopes: 'all' } },
      { method: 'POST', path: '/v1/interactions', body: [{}] },
    ];
    for (const refusal of refusals) {
      const { status, body } = await stack.client.send(refusal);
      expect(status).toBeGreaterThanOrEqual(400);
      // Some problems bring members of their own.
      expect(validator(document.components.schemas['Problem'] ?? {})(body)).toBe(true);
    }
  });

  it('notices an answer that is not as described', () => {
    const schema = schemaOf('GET /v1/identity/statistics', '200');
    expect(faultsOf(schema, { profiles: 1 })).toEqual([]);
    expect(faultsOf(schema, { profiles: '1' })).not.toEqual([]);
    expect(faultsOf(schema, {})).not.toEqual([]);
    expect(faultsOf(schema, { profiles: 1, more: 1 })).not.toEqual([]);
  });

  function schemaOf(call: string, status: string): object {
    const [method = '', path = ''] = call.split(' ');
    const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
    const schema = response?.content?.['application/json']?.schema;
    if (schema === undefined) throw new Error(`${call} ${status} is not described`);
    return schema;
  }
});

function faultsOf(schema: object, body: unknown): unknown[] {
  const validate = validator(closed(schema) as object);
  return validate(body) ? [] : (validate.errors ?? []);
}

function validator(schema: object): ValidateFunction {
  return new Ajv2020({ strict: false, allErrors: true }).compile(schema);
}

/** The same schema, of objects that have no other members. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).map(([name, member]) => [name, closed(member)] as const);
  const isOpen = !('type' in schema) || schema.type !== 'object' || !('properties' in schema);
  return { ...(isOpen ? {} : { additionalProperties: false }), ...Object.fromEntries(members) };
}

function order(id: string) {
  return {
    source: 'shop',
    id,
    type: 'order.placed',
    channel: 'web',
    occurredAt: new Date(Date.now() - 60_000).toISOString(),
    identifiers: [
      { type: 'email', value: 'jane@example.com' },
      { type: 'userId', value: 'jane' },
    ],
    data: { orderId: id, value: '49.90', currency: 'EUR' },
  };
}

async function fill({ client }: Stack) {
  await client.post('/v1/sources', { source: 'shop' });
  const posted = [order('order-1'), { ...order('order-9'), channel: 'pigeon' }];
  const { rejected } = (await client.post('/v1/interactions', posted)) as {
    rejected: { rejectionId: string }[];
  };
  const rejection = rejected[0]?.rejectionId ?? '';
  return eventually(
    async () => {
      const found = await client.get('/v1/profiles?identifier=email:jane@example.com');
      const { profileId: profile } = found as { profileId: string };
      const facts = (await client.get(`/v1/profiles/${profile}/facts?kind=order`)) as {
        items: { id: string }[];
      };
      const fact = facts.items[0]?.id;
      if (fact === undefined) throw new Error('no fact yet');
      await client.get(`/v1/rejections/${rejection}`);
      const kpi = (await client.get('/v1/kpis/orders?window=24h')) as { n: number };
      if (kpi.n === 0) throw new Error('not counted yet');
      return { profile, fact, rejection };
    },
    { timeoutMs: 30_000 },
  );
}
