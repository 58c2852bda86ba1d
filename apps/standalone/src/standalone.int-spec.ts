import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ROUTES, SERVICES, type KeyScope } from '#contracts';
import { startProxy, type ProxyTargets } from '#runtime';
import { backends, eventually, freshDatabase } from '#testing';
import {
  type Keys,
  type Running,
  startService,
  startStandalone,
  type StartOptions,
} from './start.js';

type Start = (options: StartOptions) => Promise<Running>;

const START_MAX_MS = 60_000;
const VISIBLE_MAX_MS = 20_000;

/** Four services on ports of their own behind the proxy; ingestion first, because it makes the keys. */
async function startSplit(options: StartOptions): Promise<Running> {
  const running: Running[] = [];
  for (const name of SERVICES) running.push(await startService(name, options));
  const targets = Object.fromEntries(SERVICES.map((name, index) => [name, running[index]?.url]));
  const proxy = await startProxy({ port: 0, targets: targets as ProxyTargets });
  return {
    url: proxy.url,
    keys: running[0]?.keys as Keys,
    stop: async () => {
      await proxy.stop();
      await Promise.all(running.map((service) => service.stop()));
    },
  };
}

const WAYS: [name: string, start: Start, environment: Record<string, string>][] = [
  ['in one process', startStandalone, {}],
  ['as four services behind the proxy', startSplit, {}],
];
const { kafkaBrokers } = backends();
if (kafkaBrokers.length > 0) {
  const KAFKA_TOPIC_PREFIX = `spine-${randomBytes(4).toString('hex')}.`;
  WAYS.push([
    'as four services over Kafka',
    startSplit,
    { TOUCHLINE_LOG: 'kafka', KAFKA_BROKERS: kafkaBrokers.join(','), KAFKA_TOPIC_PREFIX },
  ]);
}

async function withSystem(
  start: Start,
  environment: Record<string, string>,
  test: (running: Running) => Promise<void>,
): Promise<void> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'touchline-standalone-'));
  const secret = {
    DATABASE_URL: database.url,
    TOUCHLINE_SECRET: 'a secret for tests of thirty-two characters',
  };
  const running = await start({
    dataDir,
    port: 0,
    environment: { ...secret, LOG_LEVEL: 'silent', ...environment },
  });
  try {
    await test(running);
  } finally {
    await running.stop();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

describe('one posted interaction', () => {
  it.each(WAYS)(
    'is seen in profile, timeline, facts and KPI: %s',
    async (_name, start, environment) => {
      await withSystem(start, environment, async ({ url, keys }) => {
        const ask = async (path: string, body?: unknown): Promise<Record<string, unknown>> => {
          const headers = {
            authorization: `Bearer ${keys.admin}`,
            'content-type': 'application/json',
          };
          const answer = await fetch(url + path, {
            headers,
            ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
          });
          expect([path, Math.floor(answer.status / 100)]).toEqual([path, 2]);
          return (await answer.json()) as Record<string, unknown>;
        };
        await ask('/v1/sources', { source: 'webshop' });
        const occurredAt = new Date(Date.now() - 90_000).toISOString();
        await ask('/v1/interactions', {
          source: 'webshop',
          id: 'order-1',
          type: 'order.placed',
          channel: 'web',
          occurredAt,
          identifiers: [{ type: 'email', value: 'Jane@Example.com' }],
          data: { orderId: 'A-1', value: '49.90', currency: 'EUR' },
        });
        await eventually(
          async () => {
            const { profileId } = await ask('/v1/profiles?identifier=email:jane@example.com');
            expect(await ask('/v1/interactions/webshop/order-1')).toMatchObject({ profileId });
            expect(await ask(`/v1/profiles/${String(profileId)}/timeline`)).toMatchObject({
              items: [{ id: 'order-1', occurredAt }],
            });
            expect(await ask('/v1/kpis/interactions?window=1h')).toMatchObject({ value: 1, n: 1 });
            expect(await ask('/v1/kpis/revenue?window=1h')).toMatchObject({ value: '49.90' });
          },
          { timeoutMs: VISIBLE_MAX_MS, everyMs: 100 },
        );
      });
    },
    START_MAX_MS,
  );
});

describe('the route table', () => {
  it(
    'names every route that the services have, with the scope that its guard asks for',
    async () => {
      await withSystem(startStandalone, {}, async ({ url, keys }) => {
        const statusOf = async (
          { method, path }: { method: string; path: string },
          key?: string,
        ): Promise<number> => {
          const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
          return (await fetch(url + path.replaceAll(/:\w+/g, 'x'), { method, headers })).status;
        };
        const others: Record<KeyScope, KeyScope[]> = {
          read: ['write'],
          write: ['read'],
          admin: ['read', 'write'],
        };
        for (const route of ROUTES) {
          expect([route, await statusOf(route)]).toEqual([route, 401]);
          for (const scope of others[route.scope])
            expect([route, await statusOf(route, keys[scope])]).toEqual([route, 403]);
          expect([401, 403, 405]).not.toContain(await statusOf(route, keys[route.scope]));
        }
        const { paths } = (await (await fetch(`${url}/docs-json`)).json()) as {
          paths: Record<string, object>;
        };
        const documented = Object.entries(paths).flatMap(([path, methods]) =>
          Object.keys(methods).map(
            (method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, ':x')}`,
          ),
        );
        const table = ROUTES.map(
          ({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':x')}`,
        );
        expect(documented.filter((route) => route.includes(' /v1/')).sort()).toEqual(table.sort());
      });
    },
    START_MAX_MS,
  );
});
