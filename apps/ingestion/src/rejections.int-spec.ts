import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, TOPIC } from '#contracts';
import { UnitOfWork } from '#storage';
import { eventually } from '#testing';
import { ForgetRejections } from './application/rejections/forget-rejections.js';
import {
  type Answer,
  type Asked,
  interaction,
  type RunningIngestion,
  startIngestion,
} from './running-ingestion.fixture.js';

const PATCH = 'application/merge-patch+json';

let ingestion: RunningIngestion;

beforeAll(async () => {
  ingestion = await startIngestion();
  await ingestion.ask('/v1/sources', { body: { source: 'webshop' } });
  await ingestion.ask('/v1/sources', { body: { source: 'calls' } });
});
afterAll(() => ingestion.stop());

/** Posts it, and waits until its rejection is stored. */
async function reject(members: Record<string, unknown>): Promise<string> {
  const answer = await ingestion.ask('/v1/interactions', { body: interaction(members) });
  const [{ rejectionId }] = answer.body['rejected'] as [{ rejectionId: string }];
  await eventually(async () => expect((await read(rejectionId)).status).toBe(200));
  return rejectionId;
}

const read = (rejectionId: string): Promise<Answer> =>
  ingestion.ask(`/v1/rejections/${rejectionId}`);

const replay = (rejectionId: string, asked: Asked = {}): Promise<Answer> =>
  ingestion.ask(`/v1/rejections/${rejectionId}/replay`, { method: 'POST', ...asked });

/** How often the log has it. */
async function acceptedTimes(id: string): Promise<number> {
  const { log } = ingestion.application.infrastructure;
  let times = 0;
  for (const { partition, earliest } of await log.ranges([TOPIC.interactionAccepted.name])) {
    const place = { topic: TOPIC.interactionAccepted.name, partition, from: earliest, max: 10_000 };
    const records = await log.read(place);
    times += records.filter(({ headers }) => headers[HEADER.interactionId] === id).length;
  }
  return times;
}

describe('replaying one', () => {
  it('answers 404 for an unknown one, and says that it may come yet', async () => {
    const answer = await replay('0'.repeat(32));
    expect([answer.status, answer.body['code'], answer.body['detail']]).toEqual([
      404,
      'not-found',
      expect.stringContaining('not be stored yet'),
    ]);
    expect((await replay('%00')).status).toBe(404);
  });

  it('needs a key that may write', async () => {
    const id = await reject({ id: 'scope', channel: 'fax' });
    expect((await replay(id, { key: ingestion.keys.read })).status).toBe(403);
    expect((await replay(id, { key: '' })).status).toBe(401);
    const issued = await ingestion.ask('/v1/keys', {
      body: { name: 'elsewhere', scopes: ['write'], sources: ['webshop'] },
    });
    const key = String(issued.body['key']);
    const elsewhere = await replay(id, {
      key,
      body: { source: 'calls', channel: 'web' },
      type: PATCH,
    });
    expect(elsewhere.body).toMatchObject({ errors: [{ code: 'source-not-allowed' }] });
  });

  it('answers 422 with the pointer when it is still not valid, and keeps the rejection', async () => {
    const id = await reject({ id: 'still', channel: 'fax' });
    const before = (await read(id)).body;
    const answer = await replay(id, { body: interaction({ id: 'still', type: 'nonsense' }) });
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { code: 'no-valid-interaction', errors: [{ pointer: '/type', code: 'unknown-type' }] },
    ]);
    expect((await replay(id)).status).toBe(422);
    expect((await read(id)).body).toEqual(before);
    expect(await acceptedTimes('still')).toBe(0);
  });

  it.each([
    ['[]', PATCH],
    ['5', PATCH],
    ['[{"channel":"web"}]', PATCH],
    ['"web"', 'application/json'],
    ['{', PATCH],
    ['{}x', 'application/json'],
    ['{"data":1e400}', PATCH],
  ])('refuses the body %s as %s', async (body, type) => {
    const id = await reject({ id: 'edit', channel: 'fax' });
    const { status } = await replay(id, { body, type });
    expect([400, 422]).toContain(status);
    expect((await read(id)).body).not.toHaveProperty('replay');
  });

  it('refuses other content types and a reason that cannot be stored', async () => {
    const id = await reject({ id: 'type', channel: 'fax' });
    expect((await replay(id, { body: 'x', type: 'text/plain' })).status).toBe(415);
    expect(
      (await replay(`${id}`, { body: '{"a":1}', type: 'application/json-patch+json' })).status,
    ).toBe(415);
    const odd = await ingestion.ask(`/v1/rejections/${id}/replay?reason=%00`, { method: 'POST' });
    expect([odd.status, odd.body['code']]).toEqual([422, 'invalid-parameter']);
  });

  it('accepts what was too old once the tenant keeps more; its neighbours never waited', async () => {
    const keep = (retentionDays: number | null) =>
      ingestion.ask('/v1/settings', { method: 'PUT', body: { retentionDays } });
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    await keep(30);
    const body = [
      interaction({ id: 'old', occurredAt: ago(31) }),
      interaction({ id: 'young', occurredAt: ago(29) }),
    ];
    const answer = await ingestion.ask('/v1/interactions', { body });
    expect([answer.status, answer.body]).toMatchObject([
      202,
      { accepted: [{ id: 'young' }], rejected: [{ code: 'too-old', pointer: '/occurredAt' }] },
    ]);
    const id = await reject({ id: 'old', occurredAt: ago(31) });
    expect((await replay(id)).body).toMatchObject({ errors: [{ code: 'too-old' }] });
    await keep(null);
    expect((await replay(id)).body).toMatchObject({ id: 'old', isRepeat: false });
    await eventually(async () => expect(await acceptedTimes('old')).toBe(1));
  });

  it('accepts a patched one once: a second replay changes nothing and answers the first', async () => {
    const id = await reject({ id: 'patched', channel: 'fax' });
    const path = `/v1/rejections/${id}/replay?reason=typo`;
    const first = await ingestion.ask(path, { body: { channel: 'web' }, type: PATCH });
    const { isRepeat, rejectionId, ...done } = first.body;
    expect([first.status, isRepeat, rejectionId, done]).toEqual([
      200,
      false,
      id,
      {
        source: 'webshop',
        id: 'patched',
        version: 0,
        isEdited: true,
        reason: 'typo',
        by: expect.stringMatching(/^key:/),
        at: expect.any(String),
      },
    ]);
    const second = await replay(id, { body: interaction({ id: 'other' }) });
    expect([second.status, second.body]).toEqual([200, { ...first.body, isRepeat: true }]);
    await eventually(async () => expect(await acceptedTimes('patched')).toBe(1));
    expect(await acceptedTimes('other')).toBe(0);
    expect((await read(id)).body['replay']).toEqual(done);
  });

  it('accepts it once when asked many times at once, each with another edit', async () => {
    const id = await reject({ id: 'race', channel: 'fax' });
    const channels = ['web', 'mobile', 'chat', 'email', 'store', 'phone'];
    const answers = await Promise.all(
      channels.map((channel) => replay(id, { body: { channel }, type: PATCH })),
    );
    expect(answers.map(({ status }) => status)).toEqual(channels.map(() => 200));
    expect(answers.filter(({ body }) => body['isRepeat'] === false)).toHaveLength(1);
    const told = answers.map(({ body: { isRepeat: _, ...rest } }) => rest);
    expect(told).toEqual(told.map(() => told[0]));
    await eventually(async () => expect(await acceptedTimes('race')).toBe(1));
  });

  it('accepts one as it was posted once its source is there; empty and {} mean so', async () => {
    const one = await reject({ id: 'late-1', source: 'late' });
    const two = await reject({ id: 'late-2', source: 'late' });
    expect((await replay(one)).body).toMatchObject({ errors: [{ code: 'unknown-source' }] });
    await ingestion.ask('/v1/sources', { body: { source: 'late' } });
    expect((await replay(one)).body).toMatchObject({ id: 'late-1', isEdited: false });
    expect((await replay(two, { body: {} })).body).toMatchObject({ id: 'late-2', isEdited: false });
  });
});

describe('the rejections of another tenant', () => {
  it('are not there: neither to read nor to replay', async () => {
    const id = await reject({ id: 'theirs', channel: 'fax' });
    await ingestion.application.app
      .get(UnitOfWork, { strict: false })
      .run((t) => t.query(`UPDATE rejection SET tenant = 'other' WHERE rejection_id = $1`, [id]));
    expect((await read(id)).status).toBe(404);
    expect((await replay(id)).status).toBe(404);
    const alike = await ingestion.ask('/v1/rejections/replay?code=unknown-channel&dryRun=true', {
      method: 'POST',
      body: { channel: 'web' },
      type: PATCH,
    });
    expect(JSON.stringify(alike.body)).not.toContain(id);
  });
});

describe('replaying all alike', () => {
  const all = (query: string, asked: Asked = {}): Promise<Answer> =>
    ingestion.ask(`/v1/rejections/replay?${query}`, { method: 'POST', ...asked });
  const web = { body: { channel: 'web' }, type: PATCH };

  it.each([
    ['', {}],
    ['dryRun=true', {}],
    ['code=unknown-channel', { body: interaction() }],
    ['code=unknown-channel&dryRun=yes', {}],
    ['code=unknown-channel&cursor=x', {}],
    ['code=unknown-channel&limit=201', {}],
  ])('is refused as "%s"', async (query, asked) => {
    const answer = await all(query, asked);
    expect([answer.status, answer.body['code']]).toEqual([422, 'invalid-parameter']);
  });

  it('needs an admin key', async () => {
    expect((await all('code=x', { key: ingestion.keys.write })).status).toBe(403);
  });

  it('tells in a dry run what it does then, page by page, and nothing is left to do', async () => {
    await ingestion.ask('/v1/sources', { body: { source: 'many' } });
    const ids: string[] = [];
    for (const name of ['m1', 'm2', 'm3'])
      ids.push(await reject({ id: name, source: 'many', channel: 'fax' }));
    const bad = await reject({ id: 'm4', source: 'many', channel: 'fax', data: 5 });
    const query = 'source=many&code=unknown-channel';
    const dry = await all(`${query}&dryRun=true`, web);
    expect([dry.status, dry.body]).toEqual([
      200,
      {
        dryRun: true,
        accepted: ids.map((rejectionId, index) => ({
          rejectionId,
          source: 'many',
          id: `m${index + 1}`,
          version: 0,
        })),
        rejected: [
          { rejectionId: bad, code: 'wrong-type', pointer: '/data', detail: expect.any(String) },
        ],
        next: null,
      },
    ]);
    expect(await acceptedTimes('m1')).toBe(0);
    const first = await all(`${query}&limit=2`, web);
    const rest = await all(`${query}&limit=2&cursor=${String(first.body['next'])}`, web);
    expect([first.body['accepted'], rest.body['accepted']]).toMatchObject([
      [{ id: 'm1' }, { id: 'm2' }],
      [{ id: 'm3' }],
    ]);
    expect((await all(query, web)).body).toMatchObject({ accepted: [], rejected: [{}] });
    await eventually(async () => {
      for (const name of ['m1', 'm2', 'm3']) expect(await acceptedTimes(name)).toBe(1);
    });
  });
});

describe('causes', () => {
  it('are grouped with count, span and an example; what was replayed is no cause any more', async () => {
    await ingestion.ask('/v1/sources', { body: { source: 'causes' } });
    const first = await reject({ id: 'c1', source: 'causes', channel: 'fax' });
    await reject({ id: 'c2', source: 'causes', channel: 'fax' });
    await reject({ id: 'c3', source: 'causes', type: 'nonsense' });
    const groups = async () =>
      (await ingestion.ask('/v1/rejections/groups?source=causes')).body['items'];
    const fax = { code: 'unknown-channel', pointer: '/channel', source: 'causes' };
    expect(await groups()).toMatchObject([
      { ...fax, count: 2, firstAt: expect.any(String), exampleId: expect.any(String) },
      { code: 'unknown-type', pointer: '/type', source: 'causes', count: 1 },
    ]);
    expect((await replay(first, { body: { channel: 'web' }, type: PATCH })).status).toBe(200);
    expect(await groups()).toMatchObject([{ count: 1 }, { count: 1 }]);
    const listed = async (query: string) =>
      (await ingestion.ask(`/v1/rejections?source=causes&${query}`)).body['items'];
    expect(await listed('replayed=true')).toMatchObject([{ id: 'c1' }]);
    expect(await listed('replayed=false')).toMatchObject([{ id: 'c3' }, { id: 'c2' }]);
    expect(await listed('pointer=/type')).toMatchObject([{ id: 'c3' }]);
  });
});

describe('old rejections', () => {
  it('are forgotten, to the millisecond of their receipt; the others stay', async () => {
    const old = await reject({ id: 'old', channel: 'fax' });
    const young = await reject({ id: 'young', channel: 'fax' });
    const at = Date.parse(String((await read(old)).body['receivedAt'])) + 1;
    await ingestion.application.app
      .get(UnitOfWork, { strict: false })
      .run((t) =>
        t.query('UPDATE rejection SET received_at = $1 WHERE rejection_id <> $2', [
          new Date(at),
          old,
        ]),
      );
    const forget = ingestion.application.app.get(ForgetRejections, { strict: false });
    expect(await forget.execute(at)).toBe(1);
    expect(await forget.execute(at)).toBe(0);
    expect([(await read(old)).status, (await read(young)).status]).toEqual([404, 200]);
    expect((await replay(old)).status).toBe(404);
  });
});
