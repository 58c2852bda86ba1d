import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApplication, type Application } from '#runtime';
import { backends, eventually, freshDatabase, type TestDatabase } from '#testing';
import { IngestionConfig } from './ingestion.config.js';
import { IngestionModule } from './ingestion.module.js';
import {
  ask,
  INGESTION_SECRET,
  interaction,
  type RunningIngestion,
  startIngestion,
} from './running-ingestion.fixture.js';

const issued = async (running: RunningIngestion, limits: unknown, scopes = ['write', 'read']) => {
  const { status, body } = await running.ask('/v1/keys', { body: { name: 'k', scopes, limits } });
  expect(status).toBe(201);
  return body as { key: string; keyId: string };
};

describe('limits of keys', () => {
  let running: RunningIngestion;
  beforeAll(async () => {
    running = await startIngestion({ TOUCHLINE_RATE_REQUESTS: '50000' });
    await running.ask('/v1/sources', { body: { source: 'webshop' } });
  });
  afterAll(() => running.stop());

  it('are told with every answer; beyond them comes 429 and when to come again', async () => {
    const { key } = await issued(running, { requests: { perSecond: 1, burst: 3 } });
    const answers = [];
    for (let count = 0; count < 4; count++)
      answers.push(await running.ask('/v1/settings', { key }));
    const told = answers.map(({ status, headers }) => [status, headers.get('ratelimit-remaining')]);
    expect(told).toEqual([
      [200, '2'],
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ]);
    const last = answers.at(-1);
    expect(last?.body).toMatchObject({ code: 'rate-limited', status: 429 });
    expect(last?.headers.get('retry-after')).toBe('1');
    expect(last?.headers.get('ratelimit-limit')).toBe('3');
    expect(last?.headers.get('ratelimit-reset')).toBe('3');
    expect(last?.headers.get('ratelimit-policy')).toBe('1;w=1;burst=3;name=requests');
    await eventually(async () =>
      expect((await running.ask('/v1/settings', { key })).status).toBe(200),
    );
    expect((await running.ask('/v1/settings')).headers.get('ratelimit-limit')).toBe('50000');
  });

  it('count interactions, whole requests at a time, and requests that nobody can read', async () => {
    const rates = {
      interactions: { perSecond: 1, burst: 10 },
      requests: { perSecond: 1, burst: 3 },
    };
    const { key } = await issued(running, rates);
    const send = (count: number) =>
      running.ask('/v1/interactions', {
        key,
        body: Array.from({ length: count }, (_, n) => interaction({ id: `${key}-${count}-${n}` })),
      });
    const first = await send(7);
    expect([first.status, first.headers.get('ratelimit-remaining')]).toEqual([202, '3']);
    const second = await send(5);
    expect([second.status, second.headers.get('ratelimit-remaining')]).toEqual([429, '3']);
    expect(second.headers.get('ratelimit-policy')).toBe(
      '1;w=1;burst=3;name=requests, 1;w=1;burst=10;name=interactions',
    );
    expect((await running.ask('/v1/interactions', { key, body: 'no JSON' })).status).toBe(400);
    expect((await send(1)).status).toBe(202);
    expect((await running.ask('/v1/interactions', { key, body: 'no JSON' })).status).toBe(429);
  });

  it('are those of the key, else of the tenant, else of the installation; null is none', async () => {
    const own = await issued(running, { requests: { perSecond: 7 } });
    const other = await issued(running, undefined);
    const limitOf = async (key: string) =>
      (await running.ask('/v1/settings', { key })).headers.get('ratelimit-limit');
    const put = (path: string, body: unknown) => running.ask(path, { method: 'PUT', body });
    expect([await limitOf(own.key), await limitOf(other.key)]).toEqual(['7', '50000']);
    const limits = { requests: { perSecond: 1_000, burst: 2_000 } };
    expect((await put('/v1/settings', { limits })).body).toMatchObject({ limits });
    expect([await limitOf(own.key), await limitOf(other.key)]).toEqual(['7', '2000']);
    const none = { limits: { requests: null } };
    expect((await put(`/v1/keys/${own.keyId}`, none)).body).toMatchObject(none);
    expect(await limitOf(own.key)).toBeNull();
    await put(`/v1/keys/${own.keyId}`, { limits: {} });
    expect(await limitOf(own.key)).toBe('2000');
    const { items } = (await running.ask('/v1/keys')).body as { items: { keyId: string }[] };
    expect(items.find(({ keyId }) => keyId === own.keyId)).toMatchObject({ limits: {} });
    const wrong = [{ requests: { perSecond: 0 } }, { requests: 5 }, { pages: { perSecond: 1 } }];
    for (const each of wrong) {
      expect((await put(`/v1/keys/${own.keyId}`, { limits: each })).status).toBe(422);
      expect((await put('/v1/settings', { limits: each })).status).toBe(422);
    }
    expect((await put('/v1/keys/nobody', { limits: {} })).status).toBe(404);
  });
});

const { redisUrl } = backends();
if (redisUrl !== undefined) {
  describe('limits of keys, counted in Redis', () => {
    let database: TestDatabase;
    let line: Line;
    let first: RunningIngestion;
    let second: Application;
    const target = new URL(redisUrl);
    beforeAll(async () => {
      database = await freshDatabase();
      line = await openLine(target);
      const environment = { DATABASE_URL: database.url, REDIS_URL: line.url };
      first = await startIngestion(environment);
      second = await startApplication({
        name: 'ingestion',
        services: [{ module: IngestionModule, config: IngestionConfig }],
        environment: {
          ...environment,
          TOUCHLINE_SECRET: INGESTION_SECRET,
          TOUCHLINE_PRINT_KEYS: 'off',
          PORT: '0',
          LOG_LEVEL: 'silent',
        },
      });
    });
    afterAll(async () => {
      await second.stop();
      await first.stop();
      line.close();
      await database.close();
    });

    /** How many of so many requests at once, half to each process, were admitted. */
    async function admitted(key: string, count: number): Promise<number> {
      const urls = [first.application.url, second.url];
      const answers = await Promise.all(
        Array.from({ length: count }, (_, n) => ask(`${urls[n % 2]}/v1/settings`, { key })),
      );
      expect(new Set(answers.map(({ status }) => status)).size).toBeLessThanOrEqual(2);
      return answers.filter(({ status }) => status === 200).length;
    }

    const known = async (limits: unknown) => {
      const { key, keyId } = await issued(first, limits);
      await eventually(async () => {
        const keys = second.infrastructure.directory.tenant('default')?.keys ?? [];
        expect(keys.map((each) => each.keyId)).toContain(keyId);
      });
      return { key, keyId };
    };

    it('hold for all processes together, and leave no key there', async () => {
      const { key, keyId } = await known({ requests: { perSecond: 1, burst: 20 } });
      const startedAt = performance.now();
      const count = await admitted(key, 60);
      const backS = Math.ceil((performance.now() - startedAt) / 1_000);
      expect(count).toBeGreaterThanOrEqual(20);
      expect(count).toBeLessThanOrEqual(20 + backS);
      const names = await answerOf(target, 'KEYS *');
      expect(names).toContain(`touchline:rate:{default:${keyId}}:requests`);
      expect(names).not.toContain(key);
    });

    it('begin anew when Redis is emptied, and refuse nobody for it', async () => {
      const { key } = await known({ requests: { perSecond: 1, burst: 2 } });
      expect(await admitted(key, 10)).toBeLessThanOrEqual(4);
      expect(await answerOf(target, 'FLUSHALL')).toContain('OK');
      expect(await answerOf(target, 'SCRIPT FLUSH')).toContain('OK');
      expect(await admitted(key, 2)).toBe(2);
    });

    it.each(['silent', 'cut'] as const)(
      'hold for each process alone while Redis is %s',
      async (how) => {
        const { key } = await known({ requests: { perSecond: 1, burst: 10 } });
        line[how]();
        const startedAt = performance.now();
        const count = await admitted(key, 60);
        const tookMs = performance.now() - startedAt;
        expect(count).toBeGreaterThanOrEqual(20);
        expect(count).toBeLessThanOrEqual(20 + 2 * Math.ceil(tookMs / 1_000));
        const metrics = await (await fetch(`${second.url}/metrics`)).text();
        expect(metrics).toMatch(/^touchline_rate_counted_alone_total [1-9]/mu);
        expect(metrics).toMatch(/^touchline_rate_limited_total\{kind="requests"\} [1-9]/mu);
        line.mend();
        await eventually(
          async () =>
            expect((await first.ask('/health/ready')).body).toMatchObject({
              checks: { cache: { status: 'up' } },
            }),
          { timeoutMs: 20_000 },
        );
      },
    );
  });
}

/** A command in Redis' inline form, and its answer as it comes. */
async function answerOf({ hostname, port }: URL, command: string): Promise<string> {
  const socket = connect(Number(port || 6379), hostname).setEncoding('utf8');
  socket.write(`${command}\r\nQUIT\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

interface Line {
  readonly url: string;
  silent(): void;
  cut(): void;
  mend(): void;
  close(): void;
}

/** To Redis by way of a port of ours, which can go silent or be cut. */
async function openLine(target: URL): Promise<Line> {
  const sockets = new Set<Socket>();
  let state: 'whole' | 'silent' | 'cut' = 'whole';
  const server = createServer((near) => {
    sockets.add(near.on('error', () => undefined));
    if (state === 'cut') return void near.destroy();
    const far = connect(Number(target.port || 6379), target.hostname);
    sockets.add(far.on('error', () => near.destroy()));
    near.on('data', (bytes) => state === 'whole' && far.write(bytes));
    far.on('data', (bytes) => state === 'whole' && near.write(bytes));
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    silent: () => void (state = 'silent'),
    cut: () => {
      state = 'cut';
      drop();
    },
    mend: () => {
      state = 'whole';
      drop();
    },
    close: () => {
      drop();
      server.close();
    },
  };
}
