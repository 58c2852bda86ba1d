import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES, type ServiceName } from '#contracts';
import { backends, eventually, freshDatabase, type TestDatabase } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { expectVerified } from './expect-verified.js';
import { freePort } from './free-port.js';
import { type HaProxy, startHaProxy } from './haproxy.js';
import { Replica } from './replicas.js';
import { type Caller, load, type Tally } from './steady-load.js';

const HOSTS = ['127.0.0.11', '127.0.0.12'] as const;
const CUSTOMERS = 12;
const STOP_MAX_MS = 10_000;
/** As docker-compose.yml and the chart have it. */
const DRAIN_MS = '3000';

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly next?: string | null;
}

/** What a restart may answer; a 503 that is no problem document or has no Retry-After counts as another. */
const broken = (tally: Tally): string[] =>
  Object.entries(tally)
    .filter(([kind]) => !/^(GET|POST) (2\d\d|429|503)$/.test(kind))
    .map(([kind, times]) => `${kind}: ${times}`);

/** Its version; undefined where there is none, which CI does not accept. */
function haproxyVersion(): string | undefined {
  const { status, stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
  if (status === 0) return stdout.split('\n')[0];
  if (process.env['CI'] === 'true') throw new Error('haproxy is missing, and CI requires it');
  return undefined;
}

const isKafka = backends().kafkaBrokers.length > 0;
const haproxy = haproxyVersion();
const about = haproxy ?? 'NOT CHECKED: haproxy is not on this machine';

describe(`two replicas of each service over ${isKafka ? 'Kafka' : 'the embedded log'} behind the proxy (${about})`, () => {
  if (haproxy === undefined) return it('need it', () => undefined);

  let database: TestDatabase;
  let dataDir: string;
  let environment: Record<string, string>;
  let replicas: Record<ServiceName, readonly [Replica, Replica]>;
  let proxy: HaProxy;
  let client: TouchlineClient;
  let key: string;
  let profileId: string;
  const accepted = new Set<string>();

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'touchline-rolling-'));
    environment = {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: 'one secret for the replicas of a test',
      TOUCHLINE_DATA_DIR: dataDir,
      TOUCHLINE_KEEP_KEYS: 'on',
      TOUCHLINE_PRINT_KEYS: 'off',
      TOUCHLINE_DRAIN_MS: DRAIN_MS,
      LOG_LEVEL: 'error',
      ...(isKafka && {
        TOUCHLINE_LOG: 'kafka',
        KAFKA_BROKERS: backends().kafkaBrokers.join(','),
        KAFKA_TOPIC_PREFIX: `rolling-${process.pid}-${Date.now().toString(36)}-`,
      }),
    };
    const ports = Object.fromEntries(
      await Promise.all(SERVICES.map(async (name) => [name, await freePort()])),
    ) as Record<ServiceName, number>;
    const replica = (service: ServiceName, host: string) =>
      new Replica({ service, host, port: ports[service], environment });
    replicas = Object.fromEntries(
      SERVICES.map((name) => [name, HOSTS.map((host) => replica(name, host))]),
    ) as unknown as typeof replicas;
    proxy = await startHaProxy({ port: await freePort(), ports, replicas: HOSTS });
    // The first alone: it makes the keys and the topics.
    for (const side of sides()) await start(side);
    key = (JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')) as { admin: string })
      .admin;
    client = new TouchlineClient({ url: proxy.url, key });
    await eventually(() => client.post('/v1/sources', { source: 'webshop' }), {
      timeoutMs: 20_000,
    });
    // Each replica learns of the source from the log.
    await eventually(() => client.post('/v1/interactions', [view(0)]), { timeoutMs: 20_000 });
    accepted.add(view(0).id);
    profileId = await profileOf(0);
    const timeline = `/v1/profiles/${profileId}/timeline`;
    await eventually(() => client.get(timeline), { timeoutMs: 20_000 });
  }, 120_000);
  afterAll(async () => {
    await proxy?.stop();
    await Promise.all(SERVICES.flatMap((name) => replicas?.[name].map((each) => each.leave())));
    await database?.close();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  const view = (index: number) => ({
    source: 'webshop',
    id: `view-${index}`,
    type: 'page.viewed',
    channel: 'web',
    occurredAt: new Date(Date.now() - 60_000).toISOString(),
    identifiers: [{ type: 'userId', value: `customer-${index % CUSTOMERS}` }],
  });

  const profileOf = async (customer: number): Promise<string> => {
    const find = () => client.get(`/v1/profiles?identifier=userId:customer-${customer}`);
    return ((await eventually(find, { timeoutMs: 30_000 })) as { profileId: string }).profileId;
  };

  /** Posts, and reads of all four services; what is accepted is remembered. */
  const callers = (): Caller[] => {
    const first = accepted.size;
    const reads = [
      `/v1/profiles/${profileId}/timeline?limit=20`,
      '/v1/kpis/table?windows=1h,24h',
      `/v1/profiles/${profileId}`,
      '/v1/settings',
      '/v1/rejections?limit=5',
    ];
    return [
      {
        call: (index) => ({
          method: 'POST',
          path: '/v1/interactions',
          body: view(first + index),
        }),
        answered: (index, status) => {
          if (status === 202) accepted.add(view(first + index).id);
        },
      },
      { call: (index) => ({ method: 'GET', path: reads[index % reads.length] ?? '' }) },
    ];
  };

  const during = async (work: () => Promise<void>): Promise<Tally> => {
    const ended = new AbortController();
    const loading = load({ url: proxy.url, key, callers: callers(), signal: ended.signal });
    try {
      await work();
    } finally {
      ended.abort();
    }
    return loading;
  };

  const leave = async (leaving: readonly Replica[]): Promise<void> => {
    const left = await Promise.all(
      leaving.map(async (each) => ({ name: each.name, ...(await each.leave()) })),
    );
    for (const { name, code, tookMs } of left) {
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(tookMs).toBeLessThan(STOP_MAX_MS);
    }
  };

  /** Resolves when the proxy sends requests to them. */
  const start = async (starting: readonly Replica[]): Promise<void> => {
    for (const replica of starting) replica.start();
    for (const replica of starting) await replica.ready();
    await eventually(
      async () => expect((await fetch(`${proxy.url}/health/ready`)).status).toBe(200),
      { timeoutMs: 20_000 },
    );
  };

  const sides = (): [Replica[], Replica[]] => [
    SERVICES.map((name) => replicas[name][0]),
    SERVICES.map((name) => replicas[name][1]),
  ];

  const timelines = async (): Promise<string[]> => {
    const ids: string[] = [];
    for (let customer = 0; customer < CUSTOMERS; customer++) {
      const id = await profileOf(customer);
      for (let cursor = ''; ;) {
        const page = (await client.get(`/v1/profiles/${id}/timeline?limit=200${cursor}`)) as Page;
        ids.push(...page.items.map((item) => item.id));
        if (!page.next) break;
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    }
    return ids.toSorted();
  };

  it('leave one of each service at a time, and callers see no broken answer', async () => {
    const tally = await during(async () => {
      const [first, second] = sides();
      await leave(first);
      await start(first);
      await leave(second);
    });
    expect(broken(tally)).toEqual([]);
    expect(tally['POST 202']).toBeGreaterThan(0);
  }, 120_000);

  it('answer 503 with Retry-After while a service has none left, and go on when it has', async () => {
    const tally = await during(async () => {
      const [first, second] = sides();
      await leave(first);
      await start(second);
    });
    expect(broken(tally)).toEqual([]);
    expect(Object.keys(tally)).toEqual(expect.arrayContaining(['GET 503', 'POST 202', 'POST 503']));
  }, 120_000);

  it('have taken each accepted interaction into a timeline once, and verify finds all equal', async () => {
    await eventually(async () => expect(await timelines()).toEqual([...accepted].toSorted()), {
      timeoutMs: 60_000,
      everyMs: 500,
    });
    await expectVerified({ environment });
  }, 120_000);
});
