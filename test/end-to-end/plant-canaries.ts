import { ROUTES, SERVICES } from '#contracts';
import { CANARIES, type Canary, type Plant } from './canaries.js';

const PARAMETERS =
  'identifier cursor limit from to channel type kind window windows by bucket compare asOf filter[channel] code source pointer a b dryRun replayed version'.split(
    ' ',
  );

/** Each canary comes up in turn, so that every one is planted in every way of the list. */
let turn = 0;
const next = (): Canary =>
  CANARIES[turn++ % CANARIES.length] ?? { kind: 'key', value: '', mark: '' };

/** A canary in path, query, member names, values and headers of every endpoint. */
export function plantsEverywhere(): Plant[] {
  const everywhere = ROUTES.flatMap(({ service, method, path }): Plant[] => {
    const at = (): string => path.replace(/:\w+/g, () => encodeURIComponent(next().value));
    const asked = PARAMETERS.map((name) => `${at()}?${name}=${encodeURIComponent(next().value)}`);
    const strange = `${at()}?${encodeURIComponent(next().value)}=1`;
    const known = PARAMETERS.map(
      (name) => `${path.replace(':name', 'sessions')}?${name}=${encodeURIComponent(next().value)}`,
    );
    const filter = `/v1/kpis/sessions?filter[${encodeURIComponent(next().value)}]=1`;
    const others = service === 'metrics' ? [...known, filter] : [];
    // A stream that is opened does not end.
    const headers: Record<string, string> =
      path === '/v1/stream' ? { 'last-event-id': next().value } : {};
    const plain = [at(), ...asked, strange, ...others].map((target) => ({
      service,
      method,
      path: target,
      headers,
    }));
    if (method === 'GET') return plain;
    return [
      { service, method, path: at() },
      ...bodies().map((body) => ({ service, method, path: at(), body })),
    ];
  });
  return [...everywhere, ...SERVICES.flatMap((service) => strangers(service))];
}

/** Wrong in every way that a body can be wrong. */
function bodies(): string[] {
  const say = JSON.stringify;
  const { value } = next();
  const named = (member: string) => ({ [member]: next().value });
  return [
    `{"broken": ${value}`,
    `"${value}`,
    say(value),
    say([value]),
    say({ [value]: value }),
    say({ a: value, b: value, reason: 'r', actor: value }),
    say({ a: `email:${value}`, b: `email:${value}`, reason: value, actor: value }),
    say({ a: `phone:${value}`, b: 'userId:nobody', reason: 'r', actor: 'a' }),
    say({ callId: value, reason: 'r', actor: 'a' }),
    say({ patch: value, edit: value, interaction: { [value]: 1 } }),
    say({ scope: value, sources: [value], name: 'n' }),
    say({ zone: value, region: value, repeatDays: value }),
    say({ ...named('source'), ...named('id'), ...named('type') }),
    `{"a":1,"a":"${value}","__proto__":{"${value}":1}}`,
  ];
}

function strangers(service: Plant['service']): Plant[] {
  const get = (path: string, headers = {}): Plant => ({ service, method: 'GET', path, headers });
  const basic = (user: string): string => `Basic ${Buffer.from(`${user}:x`).toString('base64')}`;
  return [
    get(`/${encodeURIComponent(next().value)}`),
    get(`/v1/${encodeURIComponent(next().value)}/x?to=${encodeURIComponent(next().value)}`),
    get(`/v1/%zz${encodeURIComponent(next().value)}`),
    get(`/problems/${encodeURIComponent(next().value)}`),
    { ...get(`/v1/sources/${encodeURIComponent(next().value)}`), method: 'PATCH' },
    { ...get('/v1/sources', { authorization: `Bearer ${next().value}` }), isStranger: true },
    { ...get('/v1/sources', { authorization: basic(next().value) }), isStranger: true },
    { ...get('/v1/sources', { authorization: next().value }), isStranger: true },
    { ...get('/v1/sources', { 'x-api-key': next().value }), isStranger: true },
    get('/v1/nowhere', { 'x-request-id': 'tl_write_LeakLeakLeak02Key' }),
    get('/v1/nowhere', { 'x-request-id': '491705550001' }),
    get('/v1/nowhere', { 'user-agent': next().value, cookie: next().value, referer: next().value }),
    get('/v1/nowhere', { traceparent: next().value, accept: next().value }),
  ];
}

const TYPES = ['application/json', 'application/cloudevents+json', 'text/plain'];

/** Interactions: good ones, and wrong at every member. */
export function plantedInteractions(source: string): Plant[] {
  const occurredAt = new Date(Date.now() - 60_000).toISOString();
  const base = { source, type: 'page.viewed', channel: 'web', occurredAt };
  const good = CANARIES.map(({ kind, value }, index) => ({
    ...base,
    id: `good-${index}`,
    identifiers: [
      kind === 'key' ? { type: 'custom', value } : { type: kind, value },
      { type: 'userId', value },
    ],
    conversation: value,
    agent: value,
    data: { url: `https://example.com/?q=${value}`, title: value, [value]: value },
  }));
  const wrongAt = (member: string): unknown => ({
    ...base,
    id: `bad-${member}`,
    [member]: next().value,
  });
  const members =
    'source type channel occurredAt sentAt identifiers conversation direction stage data version withdrawn';
  const bad = [
    ...members.split(' ').map(wrongAt),
    { ...base, id: 'bad-member', [next().value]: next().value },
    { ...base, id: 'bad-identifier', identifiers: [{ type: next().value, value: next().value }] },
    {
      ...base,
      id: 'bad-member-of-identifier',
      identifiers: [{ type: 'email', [next().value]: 1 }],
    },
    { ...base, id: 'bad-poison', data: { [next().value]: 'x\u0000' } },
    { ...base, id: 'bad-depth', data: { [next().value]: nested(40, next().value) } },
    { ...base, id: 'bad-number', data: { [next().value]: 2 ** 53 } },
    {
      ...base,
      id: 'bad-money',
      type: 'order.placed',
      data: { orderId: 'o', value: next().value, currency: next().value },
    },
    {
      ...base,
      id: 'bad-survey',
      type: 'survey.answered',
      data: { instrument: next().value, score: next().value },
    },
  ];
  const post = (path: string, body: string, type = TYPES[0]): Plant => ({
    service: 'ingestion',
    method: 'POST',
    path,
    body,
    headers: { 'content-type': type ?? '' },
  });
  const huge = JSON.stringify([
    { ...base, id: 'huge', data: { text: next().value.repeat(200_000) } },
  ]);
  return [
    post('/v1/interactions', JSON.stringify(good)),
    post('/v1/interactions', huge),
    ...['/v1/interactions', '/v1/validate'].flatMap((path) => [
      post(path, JSON.stringify(bad)),
      ...bad.map((each) => post(path, JSON.stringify(each))),
      ...bodies().flatMap((body) => TYPES.map((type) => post(path, body, type))),
    ]),
    post('/v1/interactions', '{}', `application/${encodeURIComponent(next().value)}`),
  ];
}

function nested(depth: number, value: string): unknown {
  return depth === 0 ? value : { [value]: nested(depth - 1, value) };
}
