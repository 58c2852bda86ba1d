import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { FACT_TOPIC, HEADER, recordKey, TOPIC } from '#contracts';
import type { FactKind } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { startApplication, type Application } from '#runtime';
import { eventually, freshDatabase, type TestDatabase } from '#testing';
import { MetricsConfig } from './metrics.config.js';
import { MetricsModule } from './metrics.module.js';

const AT = '2026-05-04T10:15:30.000Z';
let database: TestDatabase;
let application: Application;

beforeAll(async () => {
  database = await freshDatabase();
  application = await startApplication({
    name: 'metrics',
    services: [{ module: MetricsModule, config: MetricsConfig }],
    environment: {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: 'a secret that only this test knows, 32+',
      TOUCHLINE_AUTH: 'off',
      LOG_LEVEL: 'silent',
      METRICS_GRACE_MS: '0',
      METRICS_QUIET_MS: '100',
      METRICS_AGAIN_QUIET_MS: '50',
      METRICS_AGAIN_EVERY_MS: '100',
      METRICS_PUBLISH_EVERY_MS: '50',
      METRICS_ROLLING_REST_MS: '50',
      PORT: '0',
    },
  });
  await application.infrastructure.log.append([
    interaction('i-1', 1),
    interaction('i-2', 1),
    fact('order', 'o-1', {
      dims: { currency: 'EUR' },
      measures: { value: 100_000, refunded: 5_000 },
    }),
    fact('order', 'o-2', { dims: { currency: 'USD' }, measures: { value: 59_900 } }),
    fact('order', 'o-3', {
      dims: { currency: 'EUR', channel: 'store' },
      measures: { value: 20_050 },
    }),
    fact('contact', 'c-1', {
      measures: { offered: 1, answered: 1, waitMs: 12_000, handled: 1, handleMs: 90_000 },
    }),
  ]);
  await eventually(
    async () => expect((await get('/contacts?from=2026-05-01&to=2026-06-01')).body['n']).toBe(1),
    {
      timeoutMs: 30_000,
    },
  );
});

afterAll(async () => {
  await application.stop();
  await database.close();
});

function interaction(
  id: string,
  revision: number,
  more: Record<string, string> = {},
): OutgoingRecord {
  return {
    topic: TOPIC.interactionIdentified.name,
    key: recordKey('default', '1'),
    headers: {
      [HEADER.tenant]: 'default',
      [HEADER.interactionSource]: 'shop',
      [HEADER.interactionId]: id,
      [HEADER.contentRevision]: String(revision),
      [HEADER.occurredAt]: AT,
      [HEADER.dims]: JSON.stringify({ channel: 'web', type: 'page.viewed' }),
      ...more,
    },
    value: Buffer.from('never read'),
  };
}

interface Told {
  readonly dims?: object;
  readonly measures?: object;
  readonly revision?: number;
  readonly at?: string;
}

function fact(
  kind: FactKind,
  id: string,
  { dims, measures = {}, revision = 1, at = AT }: Told,
): OutgoingRecord {
  const interactions = { count: 1, first: [{ source: 'shop', id: 'i-1' }], last: [] };
  const span = { from: at, to: at, at };
  const named = { tenant: 'default', kind, id, revision, profileId: 'p-1', ...span };
  const whole = {
    ...named,
    dims: { channel: 'web', ...dims },
    measures,
    interactions,
    status: 'final',
  };
  return {
    topic: FACT_TOPIC[kind],
    key: recordKey('default', id),
    headers: { [HEADER.tenant]: 'default', [HEADER.revision]: String(revision) },
    value: Buffer.from(JSON.stringify(whole)),
  };
}

type Json = Record<string, unknown>;

async function get(
  path: string,
  accept = 'application/json',
): Promise<{ status: number; text: string; body: Json }> {
  const response = await fetch(`${application.url}/v1/kpis${path}`, { headers: { accept } });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, text, body: isJson ? (JSON.parse(text) as Json) : {} };
}

const MAY = 'from=2026-05-01&to=2026-06-01';

describe('KPIs over HTTP', () => {
  it('lists the catalogue', async () => {
    const { body } = await get('');
    expect((body['items'] as Json[]).map(({ name }) => name)).toContain('service-level');
  });

  it('answers money as decimal strings, by currency, and refuses to add currencies', async () => {
    expect(await get(`/revenue?${MAY}`)).toMatchObject({
      status: 422,
      body: { code: 'several-currencies' },
    });
    const { body } = await get(`/revenue?${MAY}&by=currency`);
    expect(body).toMatchObject({ value: null, n: 3 });
    expect(body['groups']).toMatchObject([
      { dims: { currency: 'EUR' }, value: '12.005', n: 2 },
      { dims: { currency: 'USD' }, value: '5.99', n: 1 },
    ]);
    const euros = await get(`/net-revenue?${MAY}&filter[currency]=EUR`);
    expect(euros.body).toMatchObject({
      value: '11.505',
      n: 2,
      complete: true,
      provisional: false,
      interval: null,
    });
  });

  it('answers broken edges to the minute, series and comparison', async () => {
    expect(
      (await get('/interactions?from=2026-05-04T10:15:00Z&to=2026-05-04T10:16:00Z')).body,
    ).toMatchObject({ value: 2, n: 2 });
    expect(
      (await get('/interactions?from=2026-05-04T10:16:00Z&to=2026-05-04T12:00:00Z')).body,
    ).toMatchObject({ value: null, n: 0 });
    const { body } = await get(
      '/interactions?from=2026-05-04&to=2026-05-06&bucket=day&compare=previous',
    );
    expect(body['series']).toMatchObject([{ value: 2 }, { value: null, n: 0 }]);
    expect(body['previous']).toMatchObject({ from: '2026-05-02T00:00:00.000Z', n: 0 });
  });

  it('opens a number to its facts, page by page', async () => {
    const first = await get(`/orders/facts?${MAY}&limit=2`);
    expect(first.body).toMatchObject({ count: 3, sum: 3 });
    const second = await get(`/orders/facts?limit=2&cursor=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ count: 3, next: null });
    const items = [...(first.body['items'] as Json[]), ...(second.body['items'] as Json[])];
    expect(items.map(({ id }) => id)).toEqual(['o-1', 'o-2', 'o-3']);
    expect(items[0]).toMatchObject({
      kind: 'order',
      profileId: 'p-1',
      n: 1,
      interactions: { count: 1 },
    });
    const behind = await get(`/interactions/facts?${MAY}`);
    expect((behind.body['items'] as Json[]).map(({ source, id }) => [source, id])).toHaveLength(2);
  });

  it('has a rolling table, and CSV for those who accept it', async () => {
    const { body } = await get('/table?windows=24h,365d');
    expect(body).toMatchObject({ windows: ['24h', '365d'] });
    const csv = await get(`/revenue?${MAY}&by=currency`, 'text/csv');
    expect(csv.text.split('\r\n')[2]).toContain('EUR,12.005,2');
  });

  it.each([
    '/nothing',
    '/orders?window=5d',
    '/orders?from=2026-05-01',
    '/orders?from=2026-02-30&to=2026-03-01',
    '/orders?from=2026-05-02&to=2026-05-01',
    '/orders?by=currency',
    '/orders?filter[queue]=x',
    '/orders?bucket=year',
    '/orders?windw=24h',
    '/orders?from=1970-01-01&to=2026-05-01&bucket=hour',
    '/orders/facts?limit=0',
    '/orders/facts?cursor=abc',
    '/orders/facts?asOf=2026-05-01',
    '/orders?asOf=2026-05-01',
    '/orders?asOf=2999-05-01T00:00:00Z',
    '/orders/corrections?cursor=abc',
    '/orders/corrections?by=channel',
    '/orders?filter[channel]=%00',
    '/table?windows=1h,2h',
  ])('refuses %s with a problem', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(path === '/nothing' ? 404 : 422);
    expect(body['code']).toBe(path === '/nothing' ? 'not-found' : 'invalid-parameter');
  });
});

describe('the rolling table in SQL', () => {
  it('says what HTTP says, to a role that may only read', async () => {
    await application.infrastructure.log.append([
      fact('order', 'now-1', {
        dims: { currency: 'EUR' },
        measures: { value: 70_000 },
        at: new Date(Date.now() - 7_200_000).toISOString(),
      }),
    ]);
    const windows = '1h,24h,7d,28d,30d,90d,365d';
    await eventually(
      async () => {
        const before = await rolling();
        const { body } = await get(`/table?windows=${windows}`);
        const after = await rolling();
        expect(before).toEqual(after);
        expect(before).toEqual(flat(body));
        expect(before.find(({ kpi, window }) => kpi === 'orders' && window === '24h')?.n).toBe(1);
      },
      { timeoutMs: 30_000 },
    );
    for (const tenant of ['', 'another']) {
      expect(await asReader('SELECT * FROM metrics.kpi_rolling', tenant)).toEqual([]);
      expect(await asReader('SELECT * FROM metrics.publication', tenant)).toEqual([]);
    }
    await expect(asReader('DELETE FROM metrics.kpi_rolling')).rejects.toThrow('permission denied');
    await expect(asReader('SELECT * FROM metrics.fact')).rejects.toThrow('permission denied');
  });

  interface Cell {
    readonly kpi: unknown;
    readonly currency: unknown;
    readonly window: string;
    readonly value: number | null;
    readonly n: number;
    readonly low: number | null;
    readonly provisional: unknown;
  }

  async function rolling(): Promise<Cell[]> {
    const rows = await asReader('SELECT * FROM metrics.kpi_rolling');
    const cells = rows.map((row) => ({
      kpi: row['kpi'],
      currency: row['currency'],
      window: String(row['window_name']),
      value: row['value'] === null ? null : Number(row['value']),
      n: Number(row['n']),
      low: row['low'] as number | null,
      provisional: row['provisional'],
    }));
    return cells.sort(inOrder);
  }

  const inOrder = (a: Cell, b: Cell): number => (text(a) < text(b) ? -1 : 1);
  const text = ({ kpi, currency, window }: Cell): string => `${kpi} ${currency} ${window}`;

  function flat(table: Json): Cell[] {
    const rows = table['rows'] as Json[];
    return rows
      .flatMap(({ kpi, currency = '', windows }) =>
        Object.entries(windows as Record<string, Json>).map(([window, figure]) => ({
          kpi,
          currency,
          window,
          value: figure['value'] === null ? null : Number(figure['value']),
          n: figure['n'] as number,
          low: (figure['interval'] as { low: number } | null)?.low ?? null,
          provisional: figure['provisional'],
        })),
      )
      .sort(inOrder);
  }

  async function asReader(sql: string, tenant = 'default'): Promise<Json[]> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query('SET ROLE touchline_read');
      await client.query(`SET touchline.tenant = '${tenant}'`);
      return (await client.query<Json>(sql)).rows;
    } finally {
      await client.end();
    }
  }
});

describe('what changes later', () => {
  it('is taken back from buckets, and published again', async () => {
    const published = async (): Promise<Json[]> => {
      const storage = application.infrastructure.log;
      const ranges = await storage.ranges([TOPIC.kpiUpdated.name]);
      const read = await Promise.all(
        ranges.map(({ topic, partition, earliest }) =>
          storage.read({ topic, partition, from: earliest, max: 500 }),
        ),
      );
      return read.flat().map(({ key, value, headers }) => ({
        key,
        revision: Number(headers[HEADER.revision]),
        body: value === null ? null : (JSON.parse(value.toString()) as Json),
      }));
    };
    const key = recordKey(
      'default',
      'contacts',
      1,
      '2026-05-04T10:00:00.000Z',
      'web',
      '(none)',
      '(none)',
      '(none)',
    );
    const ofContacts = async (): Promise<Json[]> =>
      (await published()).filter((each) => each['key'] === key);
    await eventually(
      async () => expect((await ofContacts()).at(-1)?.['body']).toMatchObject({ value: 1, n: 1 }),
      { timeoutMs: 20_000 },
    );
    const before = new Date().toISOString();
    const late = fact('contact', 'c-1', { revision: 2 });
    const gone = {
      ...late,
      headers: { ...late.headers, [HEADER.cause]: 'withdrawal', [HEADER.causeRef]: 'shop/i-1' },
      value: null,
    };
    await application.infrastructure.log.append([
      gone,
      interaction('i-2', 2, { [HEADER.withdrawn]: '1' }),
    ]);
    await eventually(async () => expect((await ofContacts()).at(-1)?.['body']).toBeNull(), {
      timeoutMs: 20_000,
    });
    const revisions = (await ofContacts()).map(({ revision }) => Number(revision));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect((await get(`/contacts?${MAY}`)).body).toMatchObject({ value: null, n: 0 });
    expect((await get(`/interactions?${MAY}`)).body).toMatchObject({ value: 1, n: 1 });

    const { body } = await get(`/contacts/corrections?${MAY}&filter[channel]=web`);
    expect(body).toMatchObject({ kpi: 'contacts', next: null });
    expect(body['items']).toMatchObject([
      {
        kpi: 'contacts',
        version: 1,
        bucketStart: '2026-05-04T10:00:00.000Z',
        dims: { channel: 'web' },
        old: { value: 1, n: 1 },
        new: { value: null, n: 0 },
        causes: [{ cause: 'withdrawal', ref: 'shop/i-1', count: 1 }],
      },
    ]);
    expect((await get(`/contacts/corrections?${MAY}&filter[channel]=phone`)).body['items']).toEqual(
      [],
    );
    const asOf = await get(`/contacts?${MAY}&by=channel&compare=previous&asOf=${before}`);
    expect(asOf.body).toMatchObject({ value: 1, n: 1, asOf: before, previous: { n: 0 } });
    expect(asOf.body['groups']).toMatchObject([{ dims: { channel: 'web' }, n: 1 }]);
    const table = await get(`/table?windows=365d&asOf=${before}`);
    expect(table.body).toMatchObject({ asOf: before });
    const [correction] = body['items'] as Json[];
    expect((await get(`/contacts?${MAY}&asOf=${String(correction?.['at'])}`)).body).toMatchObject({
      value: null,
      n: 0,
    });
  });
});
