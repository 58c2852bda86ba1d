import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, recordKey, ROUTES, SERVICES, TOPIC } from '#contracts';
import { openEventLog } from '#event-log';
import { eventually } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { listen } from './listen.js';
import { flavours, type Stack } from './stack.js';

/** A route of the table by method and path: what to put for its parameters, and what it needs of a body. */
interface Crossing {
  readonly path: string;
  readonly body?: unknown;
}

interface Own {
  readonly profileId: string;
  readonly factId: string;
  readonly rejectionId: string;
  readonly deadLetterId: string;
  readonly keyId: string;
  readonly erasureId: string;
  readonly rulesVersion: number;
  /** By service. */
  readonly replayIds: Readonly<Record<string, string>>;
}

const [embedded] = flavours();
if (embedded === undefined) throw new Error('there is always an embedded stack');

/** Two tenants in one installation: nothing of one is there for the other, whatever it asks by. */
describe('another tenant', () => {
  let stack: Stack;
  let foreigner: TouchlineClient;
  let foreignKey: string;
  let own: Own;
  beforeAll(async () => {
    stack = await embedded.start({ TOUCHLINE_TENANTS: 'default,foreign' });
    const dataDir = stack.environment['TOUCHLINE_DATA_DIR'] ?? '';
    const text = await readFile(join(dataDir, 'keys.foreign.json'), 'utf8');
    const { admin } = JSON.parse(text) as { admin: string };
    foreignKey = admin;
    foreigner = new TouchlineClient({ url: stack.url, key: admin });
    own = await fill(stack);
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const crossings = (): Record<string, Crossing> => ({
    'GET /v1/interactions/:source/:id': { path: '/v1/interactions/shop/order-1' },
    'DELETE /v1/interactions/:source/:id': {
      path: '/v1/interactions/shop/order-1',
      body: { reason: 'r', actor: 'a' },
    },
    'GET /v1/rejections/:id': { path: `/v1/rejections/${own.rejectionId}` },
    'POST /v1/rejections/:id/replay': {
      path: `/v1/rejections/${own.rejectionId}/replay`,
      body: {},
    },
    'DELETE /v1/sources/:source': { path: '/v1/sources/shop' },
    'PUT /v1/keys/:id': { path: `/v1/keys/${own.keyId}`, body: { limits: {} } },
    'DELETE /v1/keys/:id': { path: `/v1/keys/${own.keyId}` },
    'GET /v1/profiles/:id/timeline': { path: `/v1/profiles/${own.profileId}/timeline` },
    'GET /v1/profiles/:id/facts': { path: `/v1/profiles/${own.profileId}/facts` },
    'GET /v1/profiles/:id/export': { path: `/v1/profiles/${own.profileId}/export` },
    'GET /v1/facts/:id': { path: `/v1/facts/${own.factId}` },
    'GET /v1/facts/:id/interactions': { path: `/v1/facts/${own.factId}/interactions` },
    ...Object.fromEntries(
      SERVICES.map((service) => [
        `POST /v1/dead-letters/${service}/:id/replay`,
        { path: `/v1/dead-letters/${service}/${own.deadLetterId}/replay` },
      ]),
    ),
    'POST /v1/quarantines/:id/retry': { path: `/v1/quarantines/${own.profileId}/retry` },
    'GET /v1/profiles/:id/identity': { path: `/v1/profiles/${own.profileId}/identity` },
    'GET /v1/profiles/:id': { path: `/v1/profiles/${own.profileId}` },
    'DELETE /v1/profiles/:id': { path: `/v1/profiles/${own.profileId}` },
    'GET /v1/erasures/:id': { path: `/v1/erasures/${own.erasureId}` },
    'GET /v1/identity/rules/activations/:version': {
      path: `/v1/identity/rules/activations/${own.rulesVersion}`,
    },
    ...Object.fromEntries(
      Object.entries(own.replayIds).flatMap(([service, id]) =>
        ['GET', 'DELETE'].map((method) => [
          `${method} /v1/replays/${service}/:id`,
          { path: `/v1/replays/${service}/${id}` },
        ]),
      ),
    ),
    'GET /v1/profiles': { path: '/v1/profiles?identifier=email:jane@example.com' },
    'POST /v1/identity/merge': {
      path: '/v1/identity/merge',
      body: { a: own.profileId, b: own.profileId, reason: 'r', actor: 'a' },
    },
    'POST /v1/identity/unmerge': {
      path: '/v1/identity/unmerge',
      body: { a: own.profileId, b: own.profileId, reason: 'r', actor: 'a' },
    },
  });

  it('gets 404 for every id that is not its own, and changes nothing', async () => {
    const asked = crossings();
    // The names of KPIs are everybody's.
    const byId = ROUTES.filter(({ path }) => path.includes('/:') && !path.includes('/:name'));
    const names = byId.map(({ method, path }) => `${method} ${path}`);
    expect(names.filter((name) => asked[name] === undefined)).toEqual([]);
    for (const [name, { path, body }] of Object.entries(asked)) {
      const method = name.split(' ')[0] ?? '';
      const answer = await foreigner.send({ method, path, body });
      expect({ name, status: answer.status }).toEqual({ name, status: 404 });
      expect(JSON.stringify(answer.body)).not.toMatch(/jane|4711-Q/u);
    }
    expect(await stack.client.get('/v1/interactions/shop/order-1')).toMatchObject({
      status: 'filed',
      profileId: own.profileId,
    });
    const { items } = (await stack.client.get('/v1/keys')) as { items: { keyId: string }[] };
    expect(items.map(({ keyId }) => keyId)).toContain(own.keyId);
  });

  it('finds its lists empty and its numbers nought', async () => {
    const lists = ROUTES.filter(
      ({ method, path }) =>
        method === 'GET' && !path.includes('/:') && !['/v1/kpis', '/v1/stream'].includes(path),
    ).map(({ path }) => path);
    const needing = new Set(['/v1/profiles', '/v1/identity/explain']);
    for (const path of lists.filter((each) => !needing.has(each))) {
      const answer = await foreigner.send({ method: 'GET', path });
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
      expect(JSON.stringify(answer.body)).not.toMatch(/jane|4711-Q|order-1|shop/u);
    }
    for (const kpi of ['interactions', 'orders', 'contacts'])
      expect(await foreigner.get(`/v1/kpis/${kpi}?window=24h`)).toMatchObject({ n: 0 });
  });

  it('hears in the stream, from the start of the log, of itself only', async () => {
    const occurredAt = new Date().toISOString();
    await foreigner.post('/v1/sources', { source: 'theirs' });
    const view = {
      source: 'theirs',
      id: 'view-1',
      type: 'page.viewed',
      channel: 'web',
      occurredAt,
    };
    const identifiers = [{ type: 'email', value: 'kim@example.com' }];
    await foreigner.post('/v1/interactions', { ...view, identifiers });
    const told = { own: '', theirs: '' };
    const heard = [
      listen(`${stack.url}/v1/stream?from=start`, stack.key, (text) => (told.own += text)),
      listen(`${stack.url}/v1/stream?from=start`, foreignKey, (text) => (told.theirs += text)),
    ];
    await eventually(
      () => {
        expect(told.own).toMatch(/event: profile\.changed\ndata: .*jane@example\.com/u);
        expect(told.theirs).toMatch(/event: profile\.changed\ndata: .*kim@example\.com/u);
        expect(told.theirs).toContain('event: interaction.identified');
      },
      { timeoutMs: 30_000 },
    );
    heard.forEach((stop) => stop());
    expect(told.theirs).not.toMatch(/jane|4711-Q|order-1|"tenant":"default"/u);
    expect(told.own).not.toMatch(/kim|theirs/u);
    expect(`${told.own}${told.theirs}`).not.toMatch(/profileKey|tl_/u);
  });
});

async function fill({ client, environment }: Stack): Promise<Own> {
  await client.post('/v1/sources', { source: 'shop' });
  const occurredAt = new Date(Date.now() - 120_000).toISOString();
  const order = {
    source: 'shop',
    id: 'order-1',
    type: 'order.placed',
    channel: 'web',
    occurredAt,
    identifiers: [{ type: 'email', value: 'jane@example.com' }],
    data: { orderId: '4711-Q', value: '49.90', currency: 'EUR' },
  };
  const leaving = {
    ...order,
    id: 'view-1',
    type: 'page.viewed',
    identifiers: [{ type: 'userId', value: 'leaver' }],
    data: {},
  };
  const bad = { ...order, id: 'order-2', channel: 'pigeon' };
  const { body } = await client.send({
    method: 'POST',
    path: '/v1/interactions',
    body: [order, bad, leaving],
  });
  const [rejected] = (body as { rejected: { rejectionId: string }[] }).rejected;
  await appendUndecodable(environment);
  const rules = (await client.get('/v1/identity/rules')) as { hubLimit: number };
  const wished = { ...rules, hubLimit: rules.hubLimit + 1, reason: 'more room', actor: 'test' };
  const { version } = (await client.post('/v1/identity/rules', wished)) as { version: number };
  const replayIds: Record<string, string> = {};
  for (const service of ['journey', 'metrics']) {
    const replay = await client.post(`/v1/replays/${service}`, { dryRun: true });
    replayIds[service] = (replay as { id: string }).id;
  }
  const erasureId = await eventually(() => eraseLeaver(client), { timeoutMs: 30_000 });
  return eventually(
    async () => {
      const { profileId } = (await client.get(
        '/v1/profiles?identifier=email:jane@example.com',
      )) as {
        profileId: string;
      };
      const idOf = async (path: string, name: string): Promise<string> => {
        const { items } = (await client.get(path)) as { items: Record<string, unknown>[] };
        const id = items[0]?.[name];
        if (id === undefined) throw new Error(`${path} is empty`);
        return String(id);
      };
      await client.get(`/v1/rejections/${rejected?.rejectionId}`);
      return {
        profileId,
        rejectionId: rejected?.rejectionId ?? '',
        factId: await idOf(`/v1/profiles/${profileId}/facts`, 'id'),
        deadLetterId: await idOf('/v1/dead-letters/journey', 'id'),
        keyId: await idOf('/v1/keys', 'keyId'),
        erasureId,
        rulesVersion: version,
        replayIds,
      };
    },
    { timeoutMs: 30_000 },
  );
}

async function eraseLeaver(client: TouchlineClient): Promise<string> {
  const found = (await client.get('/v1/profiles?identifier=userId:leaver')) as Record<
    string,
    string
  >;
  const accepted = (await client.delete(`/v1/profiles/${found['profileId']}`)) as Record<
    string,
    string
  >;
  return accepted['erasureId'] ?? '';
}

async function appendUndecodable(environment: Readonly<Record<string, string>>): Promise<void> {
  const databaseUrl = environment['DATABASE_URL'] ?? '';
  const log = await openEventLog({ kind: 'postgres', databaseUrl });
  const topic = TOPIC.filingMoved.name;
  const headers = { [HEADER.tenant]: 'default' };
  const value = Buffer.from('no JSON of jane 4711-Q');
  await log.append([{ topic, key: recordKey('default', 'f'), headers, value }]);
  await log.close();
}
