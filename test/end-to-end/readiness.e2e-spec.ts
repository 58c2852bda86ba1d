import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES, type ServiceName } from '#contracts';
import { backends, eventually, freshDatabase, type TestDatabase } from '#testing';
import { type FourServices, startFour } from './four-services.js';
import { scrape } from './scrape.js';
import { Wire } from './wire.js';

interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string }>>;
}

const STOP_MAX_MS = 10_000;

interface Kind {
  readonly name: string;
  readonly log: () => Readonly<Record<string, string>>;
  /** Who cannot work without the database. */
  readonly needy: readonly ServiceName[];
}

const KINDS: Kind[] = [{ name: 'the embedded log', log: () => ({}), needy: SERVICES }];
if (backends().kafkaBrokers.length > 0)
  KINDS.push({
    name: 'Kafka',
    log: () => ({
      TOUCHLINE_LOG: 'kafka',
      KAFKA_BROKERS: backends().kafkaBrokers.join(','),
      KAFKA_TOPIC_PREFIX: `ready-${process.pid}-${Date.now().toString(36)}-`,
    }),
    needy: SERVICES.filter((service) => service !== 'ingestion'),
  });

describe.each(KINDS)('four services over $name', ({ log, needy }) => {
  let database: TestDatabase;
  let wire: Wire;
  let four: FourServices;
  let posted = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    wire = new Wire(new URL(database.url));
    await wire.mend();
    four = await startFour({ DATABASE_URL: wire.url, ...log() });
    expect((await post('/v1/sources', { source: 'webshop' })).status).toBe(201);
  }, 120_000);
  afterAll(async () => {
    await four?.stop();
    await wire.cut();
    await database.close();
  }, 60_000);

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${four.urls.ingestion}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${four.keys.admin}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  /** The status of one interaction posted; those accepted are counted. */
  const view = async (): Promise<number> => {
    const { status } = await post('/v1/interactions', {
      source: 'webshop',
      id: `view-${posted}`,
      type: 'page.viewed',
      channel: 'web',
      occurredAt: new Date(Date.now() - 60_000).toISOString(),
      identifiers: [{ type: 'userId', value: 'one' }],
    });
    if (status === 202) posted += 1;
    return status;
  };

  const readiness = async (service: ServiceName): Promise<[number, Readiness]> => {
    const answer = await fetch(`${four.urls[service]}/health/ready`);
    return [answer.status, (await answer.json()) as Readiness];
  };

  const allReady = (): Promise<void> =>
    eventually(
      async () => {
        for (const service of SERVICES)
          expect([service, ...(await readiness(service))]).toMatchObject([
            service,
            200,
            { status: 'up' },
          ]);
      },
      { timeoutMs: 40_000, everyMs: 250 },
    );

  const allFiled = (): Promise<void> =>
    eventually(
      async () => {
        const headers = { authorization: `Bearer ${four.keys.admin}` };
        const url = `${four.urls.identity}/v1/profiles?identifier=userId:one`;
        const found = (await (await fetch(url, { headers })).json()) as { profileId: string };
        const timeline = `${four.urls.journey}/v1/profiles/${found.profileId}/timeline?limit=200`;
        const { items } = (await (await fetch(timeline, { headers })).json()) as {
          items: { id: string }[];
        };
        expect(items.map(({ id }) => id).toSorted()).toEqual(
          Array.from({ length: posted }, (_, index) => `view-${index}`).toSorted(),
        );
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );

  it('are ready, say so while the database is away, and are ready again when it is back', async () => {
    await allReady();
    expect(await view()).toBe(202);
    await wire.cut();
    for (const service of SERVICES) {
      const [status, { checks }] = await readiness(service);
      expect([service, status]).toEqual([service, needy.includes(service) ? 503 : 200]);
      expect([service, checks['database']?.status]).toEqual([service, 'down']);
      expect((await fetch(`${four.urls[service]}/health/live`)).status).toBe(200);
      const shown = await scrape(four.urls[service]);
      expect(shown.value('touchline_check_up', { check: 'database' })).toBe(0);
      expect(shown.series('touchline_outbox_age_seconds')).toEqual([]);
      const failures = { metric: 'touchline_outbox_age_seconds' };
      expect(shown.value('touchline_metric_read_failures_total', failures)).toBeDefined();
    }
    const isTaken = !needy.includes('ingestion');
    expect(await view()).toBe(isTaken ? 202 : 503);
    await wire.mend();
    await allReady();
    expect(await view()).toBe(202);
    await allFiled();
  }, 150_000);

  it('stop within ten seconds each under load, and lose nothing that was accepted', async () => {
    const ended = new AbortController();
    const statuses = new Set<number>();
    const load = (async () => {
      for (let sent = 0; sent < 150 && !ended.signal.aborted; sent++)
        statuses.add(await view().catch(() => 0));
    })();
    for (const service of SERVICES.filter((each) => each !== 'ingestion'))
      expect(await four.restart(service)).toBeLessThan(STOP_MAX_MS);
    ended.abort();
    await load;
    expect([...statuses]).toEqual([202]);
    expect(await four.restart('ingestion')).toBeLessThan(STOP_MAX_MS);
    expect(await view()).toBe(202);
    await allFiled();
    for (const service of SERVICES)
      expect((await scrape(four.urls[service])).value('touchline_relay_leading')).toBeDefined();
  }, 200_000);
});
