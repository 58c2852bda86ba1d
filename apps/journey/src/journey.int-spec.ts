import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatInstant, recordKey, HEADER, TOPIC, type Fact } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { startApplication, type Application } from '#runtime';
import { eventually, freshDatabase, type TestDatabase } from '#testing';
import {
  identifiedRecord,
  movedRecord,
  profileRecord,
  START,
} from './application/history.fixture.js';
import { told } from './domain/told.fixture.js';
import { JourneyConfig } from './journey.config.js';
import { JourneyModule } from './journey.module.js';

const MINUTE = 60_000;
let database: TestDatabase;
let application: Application;

beforeAll(async () => {
  database = await freshDatabase();
  application = await startApplication({
    name: 'journey',
    services: [{ module: JourneyModule, config: JourneyConfig }],
    environment: {
      DATABASE_URL: database.url,
      TOUCHLINE_LOG: 'postgres',
      TOUCHLINE_SECRET: 'a secret that only this test knows, 32+',
      TOUCHLINE_AUTH: 'off',
      LOG_LEVEL: 'silent',
      JOURNEY_SWEEP_MS: '50',
      PORT: '0',
    },
  });
});
afterAll(async () => {
  await application.stop();
  await database.close();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    items: Record<string, unknown>[];
    next: string | null;
  };
}

async function get(path: string): Promise<Answer> {
  const response = await fetch(`${application.url}${path}`);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

let contentRevision = 0;
type Told = Parameters<typeof told>[0] & {
  filing?: string;
  profileKey?: string;
  filingRevision?: number;
};

function identified({
  filing = 's:1',
  profileKey = '1',
  filingRevision = 1,
  ...rest
}: Told): OutgoingRecord {
  const { interaction } = told(rest);
  const version = { interaction, filing, contentRevision: ++contentRevision, knownRevision: 0 };
  return identifiedRecord(version, { filing, profileKey, revision: filingRevision });
}

const send = (...records: OutgoingRecord[]) => application.infrastructure.log.append(records);

async function waitFor(path: string, isThere: (answer: Answer) => boolean): Promise<Answer> {
  let answer: Answer | undefined;
  await eventually(async () => {
    answer = await get(path);
    expect(isThere(answer)).toBe(true);
  });
  return answer as Answer;
}

describe('journey as a service', () => {
  it('shows an interaction on the timeline with its session, and the session becomes final', async () => {
    await send(
      identified({ id: 'p1', at: START }),
      identified({ id: 'p2', at: START + MINUTE }),
      profileRecord({
        profileKey: '1',
        revision: 1,
        isGone: false,
        segments: [{ value: 'gold', at: START }],
      }),
    );
    const timeline = await waitFor(
      '/v1/profiles/profile-1/timeline',
      ({ body }) => body.items?.length === 2,
    );
    expect(timeline.body.items[0]).toMatchObject({
      id: 'p2',
      occurredAt: formatInstant(START + MINUTE),
      sessionId: expect.any(String),
    });
    expect(timeline.body.items[0]).not.toHaveProperty('tenant');
    const facts = await waitFor(
      '/v1/profiles/profile-1/facts?kind=session',
      ({ body }) => body.items[0]?.['status'] === 'final',
    );
    expect(facts.body.items[0]).toMatchObject({
      kind: 'session',
      measures: { pages: 2 },
      dims: { segment: 'gold' },
    });
    const id = String(facts.body.items[0]?.['id']);
    expect((await get(`/v1/facts/${id}`)).body).toEqual(facts.body.items[0]);
    expect(
      (await get(`/v1/facts/${id}/interactions`)).body.items.map((item) => item['id']),
    ).toEqual(['p1', 'p2']);
  });

  it('answers with the current profile under a former id', async () => {
    const found = await waitFor('/v1/profiles/former-1-1/timeline', ({ status }) => status === 200);
    expect(found.body['profileId']).toBe('profile-1');
  });

  it('pages through a timeline without losing or repeating a row', async () => {
    const many = Array.from({ length: 25 }, (_, index) =>
      identified({
        id: `m${index}`,
        at: START + (index % 5) * MINUTE,
        filing: 's:2',
        profileKey: '2',
      }),
    );
    await send(...many);
    await waitFor('/v1/profiles/profile-2/timeline', ({ body }) => body.items?.length === 25);
    const seen: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page: Answer = await get(
        `/v1/profiles/profile-2/timeline?limit=4${next === '' ? '' : `&cursor=${next}`}`,
      );
      seen.push(...page.body.items.map((item) => item['id']));
      next = page.body.next;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    const filtered = await get(
      `/v1/profiles/profile-2/timeline?channel=web&type=page.viewed&from=${formatInstant(START + MINUTE)}&to=${formatInstant(START + 2 * MINUTE)}`,
    );
    expect(filtered.body.items).toHaveLength(5);
  });

  it('follows an interaction from filed to superseded to withdrawn', async () => {
    const data = { instrument: 'nps', score: 3 };
    const answer = {
      id: 'answer',
      type: 'survey.answered',
      channel: 'email',
      filing: 's:3',
      profileKey: '3',
      data,
    } as const;
    await send(identified(answer));
    const filed = await waitFor('/v1/interactions/shop/answer', ({ status }) => status === 200);
    expect(filed.body).toMatchObject({
      status: 'filed',
      profileId: 'profile-3',
      facts: [{ kind: 'survey' }],
    });
    await send(identified({ ...answer, version: 1, data: { instrument: 'nps', score: 9 } }));
    await waitFor('/v1/interactions/shop/answer', ({ body }) => body['version'] === 1);
    expect((await get('/v1/interactions/shop/answer?version=0')).body['status']).toBe('superseded');
    await send(identified({ ...answer, version: 2, withdrawn: true }));
    const withdrawn = await waitFor(
      '/v1/interactions/shop/answer',
      ({ body }) => body['status'] === 'withdrawn',
    );
    expect(withdrawn.body['facts']).toEqual([]);
    expect((await get('/v1/profiles/profile-3/timeline')).body.items).toMatchObject([
      { id: 'answer', withdrawn: true },
    ]);
  });

  it('moves a filing with its facts, publishes the net difference with its cause, then a tombstone', async () => {
    await send(
      identified({ id: 'v1', at: START, filing: 's:4', profileKey: '4' }),
      identified({ id: 'v2', at: START + MINUTE, filing: 's:5', profileKey: '5' }),
    );
    await waitFor('/v1/profiles/profile-5/facts', ({ body }) => body.items?.length === 1);
    await send(movedRecord({ filing: 's:5', profileKey: '4', revision: 2 }));
    const merged = await waitFor(
      '/v1/profiles/profile-4/facts',
      ({ body }) => (body.items?.[0]?.['measures'] as { pages?: number })?.pages === 2,
    );
    expect((await get('/v1/profiles/profile-5/facts')).body.items).toEqual([]);
    const records = await published(TOPIC.journeySession.name);
    const last = (id: string) =>
      records.filter(({ key }) => key === recordKey('default', id)).at(-1);
    const whole = last(String(merged.body.items[0]?.['id']));
    expect(JSON.parse(String(whole?.value)) as Fact).toMatchObject({
      profileId: 'profile-4',
      interactions: { count: 2 },
    });
    expect(whole?.headers).toMatchObject({
      [HEADER.cause]: expect.stringMatching(/merge|deadline/),
      [HEADER.revision]: expect.stringMatching(/^\d+$/),
    });
    const gone = records.filter(({ value }) => value === null);
    expect(
      gone.some(
        ({ headers }) => headers[HEADER.cause] === 'merge' && Number(headers[HEADER.revision]) > 0,
      ),
    ).toBe(true);
  });

  it('lists a record that cannot be read, and keeps it when a replay fails too', async () => {
    const good = identified({ id: 'lost', filing: 's:9', profileKey: '9' });
    await send({ ...good, value: Buffer.from('{"tenant":') });
    const { body } = await waitFor(
      '/v1/dead-letters/journey',
      (answer) => answer.body.items?.length === 1,
    );
    expect(body.items[0]).toMatchObject({
      code: 'undecodable',
      topic: good.topic,
      value: Buffer.from('{"tenant":').toString('base64'),
    });
    const post = async (path: string) => {
      const answer = await fetch(`${application.url}${path}`, { method: 'POST' });
      return { status: answer.status, body: await answer.json() };
    };
    const id = String(body.items[0]?.['id']);
    expect(await post(`/v1/dead-letters/journey/${id}/replay`)).toMatchObject({
      status: 200,
      body: { status: 'still-fails', code: 'undecodable' },
    });
    expect((await get('/v1/dead-letters/journey')).body.items).toHaveLength(1);
    expect(await post('/v1/dead-letters/journey/999/replay')).toMatchObject({ status: 404 });
    expect((await get('/v1/quarantines')).body).toMatchObject({ items: [], next: null });
    expect(await post('/v1/quarantines/nobody/retry')).toMatchObject({ status: 404 });
  });

  it.each([
    ['/v1/profiles/nobody/timeline', 404, 'not-found'],
    ['/v1/profiles/profile-1/timeline?limit=201', 422, 'invalid-parameter'],
    ['/v1/profiles/profile-1/timeline?limit=x', 422, 'invalid-parameter'],
    ['/v1/profiles/profile-1/timeline?from=yesterday', 422, 'invalid-parameter'],
    ['/v1/profiles/profile-1/timeline?channel=fax', 422, 'invalid-parameter'],
    ['/v1/profiles/profile-1/timeline?cursor=bm9uc2Vuc2U', 422, 'invalid-parameter'],
    ['/v1/profiles/profile-1/facts?cursor=WzEsIngiXQ', 422, 'invalid-parameter'],
    ['/v1/profiles/profile-1/facts?kind=dream', 422, 'invalid-parameter'],
    ['/v1/profiles/%00/timeline', 404, 'not-found'],
    ['/v1/facts/no-hash', 404, 'not-found'],
    ['/v1/facts/00000000000000000000000000000000/interactions', 404, 'not-found'],
    ['/v1/interactions/shop/never', 404, 'not-found'],
    ['/v1/interactions/shop/%00', 404, 'not-found'],
    ['/v1/interactions/shop/p1?version=7', 404, 'not-found'],
  ])('answers %s with %i %s', async (path, status, code) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status, body: { code } });
  });
});

async function published(topic: string) {
  const { log } = application.infrastructure;
  const ranges = await log.ranges([topic]);
  const pages = await Promise.all(
    ranges.map(({ partition, earliest }) =>
      log.read({ topic, partition, from: earliest, max: 1_000 }),
    ),
  );
  return pages.flat();
}
