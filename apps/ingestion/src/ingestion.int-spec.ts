import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HEADER, TOPIC } from '#contracts';
import type { LogRecord } from '#event-log';
import { eventually } from '#testing';
import { interaction, type RunningIngestion, startIngestion } from './running-ingestion.fixture.js';

let ingestion: RunningIngestion;

beforeAll(async () => {
  ingestion = await startIngestion();
  await ingestion.ask('/v1/sources', { body: { source: 'webshop', region: 'DE' } });
  await ingestion.ask('/v1/sources', { body: { source: 'calls' } });
});
afterAll(() => ingestion.stop());

async function recordsOf(topic: string): Promise<LogRecord[]> {
  const { log } = ingestion.application.infrastructure;
  const records: LogRecord[] = [];
  for (const { partition, earliest } of await log.ranges([topic])) {
    records.push(...(await log.read({ topic, partition, from: earliest, max: 10_000 })));
  }
  return records;
}

const accepted = async (id: string): Promise<LogRecord[]> =>
  (await recordsOf(TOPIC.interactionAccepted.name)).filter(
    (record) => record.headers[HEADER.interactionId] === id,
  );

describe('posting interactions', () => {
  it('answers 202 once the log has the interaction', async () => {
    const answer = await ingestion.ask('/v1/interactions', {
      body: interaction({ id: 'one' }),
      key: ingestion.keys.write,
    });
    expect([answer.status, answer.body]).toEqual([
      202,
      { accepted: [{ index: 0, id: 'one' }], rejected: [] },
    ]);
    const [record] = await accepted('one');
    expect(JSON.parse(record?.value?.toString() ?? '')).toMatchObject({
      tenant: 'default',
      source: 'webshop',
      id: 'one',
      version: 0,
    });
  });

  it('reads an array, a batch, and CloudEvents alike', async () => {
    const event = {
      specversion: '1.0',
      id: 'ce',
      source: 'webshop',
      type: 'page.viewed',
      time: '2026-05-01T10:00:00Z',
      channel: 'web',
    };
    const answers = await Promise.all([
      ingestion.ask('/v1/interactions', { body: [interaction({ id: 'in-array' })] }),
      ingestion.ask('/v1/interactions', {
        body: { interactions: [interaction({ id: 'in-batch' })] },
      }),
      ingestion.ask('/v1/interactions', { body: event, type: 'application/cloudevents+json' }),
      ingestion.ask('/v1/interactions', {
        body: [{ ...event, id: 'ce-2' }],
        type: 'application/cloudevents-batch+json',
      }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    for (const id of ['in-array', 'in-batch', 'ce', 'ce-2'])
      expect(await accepted(id)).toHaveLength(1);
  });

  it('accepts the good neighbours of a bad one, and keeps the bad one', async () => {
    const body = [
      interaction({ id: 'before' }),
      interaction({ id: 'bad', channel: 'fax' }),
      interaction({ id: 'after' }),
    ];
    const answer = await ingestion.ask('/v1/interactions', { body });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      accepted: [
        { index: 0, id: 'before' },
        { index: 2, id: 'after' },
      ],
      rejected: [{ index: 1, id: 'bad', code: 'unknown-channel', pointer: '/channel' }],
    });
    expect(
      [await accepted('before'), await accepted('bad'), await accepted('after')].map(
        (found) => found.length,
      ),
    ).toEqual([1, 0, 1]);
    const [{ rejectionId }] = answer.body['rejected'] as [{ rejectionId: string }];
    const kept = await eventually(async () => {
      const found = await ingestion.ask(`/v1/rejections/${rejectionId}`);
      expect(found.status).toBe(200);
      return found.body;
    });
    expect(kept).toMatchObject({
      rejectionId,
      source: 'webshop',
      id: 'bad',
      code: 'unknown-channel',
      raw: JSON.stringify(body[1]),
    });
  });

  it('answers 422 with code and pointer of each when none is good', async () => {
    const answer = await ingestion.ask('/v1/interactions', {
      body: { interactions: [interaction({ type: 'x' }), 5] },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body).toMatchObject({
      code: 'no-valid-interaction',
      accepted: [],
      rejected: [
        { index: 0, code: 'unknown-type', pointer: '/type' },
        { index: 1, code: 'not-an-object', pointer: '' },
      ],
      errors: [{ pointer: '/interactions/0/type' }, { pointer: '/interactions/1' }],
    });
  });

  it('says where an id was derived', async () => {
    const answer = await ingestion.ask('/v1/interactions', {
      body: interaction({ id: undefined }),
    });
    expect(answer.body).toMatchObject({ accepted: [{ index: 0, derived: true }] });
  });

  it('refuses sources that do not exist or that the key may not write to', async () => {
    const { body } = await ingestion.ask('/v1/keys', {
      body: { name: 'calls only', scopes: ['write'], sources: ['calls'] },
    });
    const key = String(body['key']);
    const post = (source: string) =>
      ingestion.ask('/v1/interactions', {
        key,
        body: [interaction({ source }), interaction({ source: 'calls' })],
      });
    expect((await post('nowhere')).body).toMatchObject({
      rejected: [{ code: 'unknown-source', pointer: '/source' }],
    });
    expect((await post('webshop')).body).toMatchObject({
      rejected: [{ code: 'source-not-allowed', pointer: '/source' }],
    });
  });
});

describe('validating', () => {
  it('shows how an interaction would be understood, and stores nothing', async () => {
    const identifiers = [
      { type: 'phone', value: '030 1234567' },
      { type: 'email', value: ' Jane@Example.com ' },
    ];
    const answer = await ingestion.ask('/v1/validate', {
      body: [interaction({ id: 'dry', identifiers }), {}],
    });
    expect(answer.status).toBe(200);
    expect(answer.body['items']).toMatchObject([
      {
        index: 0,
        isValid: true,
        identifiers: [
          { type: 'phone', value: '+49301234567' },
          { type: 'email', value: 'jane@example.com' },
        ],
        conversation: null,
      },
      {
        index: 1,
        isValid: false,
        errors: expect.arrayContaining([
          expect.objectContaining({ code: 'missing-field', pointer: '/source' }),
        ]),
      },
    ]);
    expect(await accepted('dry')).toHaveLength(0);
  });
});

describe('withdrawing', () => {
  it('appends a withdrawn version that is higher than any counted by hand', async () => {
    const answer = await ingestion.ask('/v1/interactions/webshop/gone%2F1', {
      method: 'DELETE',
      body: { reason: 'sent twice' },
    });
    expect([answer.status, answer.body]).toMatchObject([202, { source: 'webshop', id: 'gone/1' }]);
    const [record] = await accepted('gone/1');
    expect(record?.headers[HEADER.withdrawn]).toBe('1');
    expect(Number(record?.headers[HEADER.version])).toBe(answer.body['version']);
    expect(JSON.parse(record?.value?.toString() ?? '')).toMatchObject({
      withdrawn: true,
      data: { reason: 'sent twice' },
    });
  });

  it.each([
    ['/v1/interactions/nowhere/i-1', { reason: 'r' }, 404, 'not-found'],
    ['/v1/interactions/webshop/i-1', {}, 422, 'invalid-parameter'],
    ['/v1/interactions/webshop/%00', { reason: 'r' }, 422, 'invalid-parameter'],
    ['/v1/interactions/webshop/i-1', { reason: 'r', version: -1 }, 422, 'invalid-parameter'],
  ])('refuses %s with %j', async (path, body, status, code) => {
    const answer = await ingestion.ask(path, { method: 'DELETE', body });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });
});

describe('rejections', () => {
  it('are listed newest first, page by page, and by code', async () => {
    await ingestion.ask('/v1/sources', { body: { source: 'paged' } });
    for (const id of ['p1', 'p2', 'p3'])
      await ingestion.ask('/v1/interactions', {
        body: interaction({ source: 'paged', id, channel: 'fax' }),
      });
    const page = (query: string) => ingestion.ask(`/v1/rejections?source=paged&${query}`);
    await eventually(async () => expect((await page('limit=200')).body['items']).toHaveLength(3));
    const first = await page('limit=2');
    expect(first.body['items']).toMatchObject([{ id: 'p3' }, { id: 'p2' }]);
    const second = await page(`limit=2&cursor=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ items: [{ id: 'p1' }], next: null });
    expect((await page('code=missing-field')).body['items']).toEqual([]);
  });

  it.each(['cursor=x', 'limit=0', 'limit=201', 'limit=a', 'colour=red'])(
    'refuse the query %s',
    async (query) => {
      const answer = await ingestion.ask(`/v1/rejections?${query}`);
      expect([answer.status, answer.body['code']]).toEqual([422, 'invalid-parameter']);
    },
  );
});
