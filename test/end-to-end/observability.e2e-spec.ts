import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES, type ServiceName } from '#contracts';
import { eventually } from '#testing';
import { expressions } from '../observability/observed.js';
import { type Matcher, readPromql, type Selector } from '../observability/promql.js';
import { type FourServices, startFour } from './four-services.js';
import { type Scrape, scrape } from './scrape.js';

/** Which services show a metric: by its name's beginning, else all four. */
const OWNERS: readonly (readonly [prefix: string, service: ServiceName])[] = [
  ['touchline_identity_', 'identity'],
  ['touchline_ingestion_', 'ingestion'],
  ['touchline_journey_', 'journey'],
  ['touchline_metrics_', 'metrics'],
];
/** Made by Prometheus itself, not by the target. */
const BY_PROMETHEUS = new Set(['up']);
const OF_TARGET = new Set(['job', 'instance', 'process', 'le']);

describe('what dashboards and alerts ask for', () => {
  let four: FourServices;
  const scrapes = new Map<ServiceName, Scrape>();

  beforeAll(async () => {
    four = await startFour();
    await traffic(four);
    await eventually(
      async () => {
        for (const service of SERVICES) scrapes.set(service, await scrape(four.urls[service]));
        const filed = scrapes.get('journey')?.value('touchline_journey_filing_delay_seconds_count');
        expect(filed).toBe(2);
      },
      { timeoutMs: 30_000, everyMs: 250 },
    );
  }, 120_000);
  afterAll(() => four?.stop(), 60_000);

  const asked = expressions().flatMap(([where, expression]) =>
    readPromql(expression).map((selector) => [`${selector.metric} of ${where}`, selector] as const),
  );

  it.each(asked.filter(([, { metric }]) => !BY_PROMETHEUS.has(metric)))(
    'is shown: %s',
    (_, selector) => {
      for (const service of ownersOf(selector.metric)) {
        const series = scrapes.get(service)?.series(selector.metric) ?? [];
        expect({ service, isShown: series.length > 0 }).toEqual({ service, isShown: true });
        const labels = labelsAsked(selector).filter((label) => !OF_TARGET.has(label));
        for (const each of series)
          expect(Object.keys(each)).toEqual(expect.arrayContaining(labels));
      }
      const equal = selector.matchers.filter(isEquality);
      const all = ownersOf(selector.metric).flatMap(
        (service) => scrapes.get(service)?.series(selector.metric) ?? [],
      );
      expect(all.some((each) => equal.every(({ label, value }) => each[label] === value))).toBe(
        true,
      );
    },
  );

  it('tells the truth about the traffic', () => {
    const value = (service: ServiceName, name: string, labels = {}) =>
      scrapes.get(service)?.value(name, labels);
    const interactions = 'touchline_ingestion_interactions_total';
    expect(value('ingestion', interactions, { outcome: 'accepted' })).toBe(2);
    expect(value('ingestion', interactions, { outcome: 'unknown-channel' })).toBe(1);
    expect(value('ingestion', 'touchline_http_problems_total', { code: 'unauthenticated' })).toBe(
      1,
    );
    expect(
      value('ingestion', 'touchline_http_request_duration_seconds_count', {
        route: '/v1/interactions',
        method: 'POST',
        status: '202',
      }),
    ).toBe(1);
    for (const service of SERVICES) {
      expect(value(service, 'touchline_relay_leading', { service })).toBe(1);
      expect(value(service, 'touchline_check_up', { check: 'database' })).toBe(1);
      expect(value(service, 'touchline_consumer_rebalances_total', { group: service })).toBe(1);
      expect(value(service, 'touchline_dead_letters', { service })).toBe(0);
    }
    expect(value('identity', 'touchline_consumer_batch_records_sum', { group: 'identity' })).toBe(
      2,
    );
    expect(value('journey', 'touchline_journey_watermark_age_seconds')).toBeLessThan(30);
  });

  it('has names and labels as Prometheus wants them, and none that could hold an identifier', () => {
    const known = new Set(
      'service group topic partition route method status code outcome check kind metric reason le'.split(
        ' ',
      ),
    );
    for (const service of SERVICES) {
      const own =
        scrapes
          .get(service)
          ?.all()
          .filter(({ name }) => name.startsWith('touchline_')) ?? [];
      expect(own.length).toBeGreaterThan(20);
      const strange = own
        .flatMap(({ labels }) => Object.keys(labels))
        .filter((label) => !known.has(label));
      expect(strange).toEqual([]);
      const types = scrapes.get(service)?.types() ?? new Map<string, string>();
      for (const [name, type] of types)
        if (name.startsWith('touchline_'))
          expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
  });
});

function ownersOf(metric: string): readonly ServiceName[] {
  const owner = OWNERS.find(([prefix]) => metric.startsWith(prefix));
  return owner === undefined ? SERVICES : [owner[1]];
}

function labelsAsked({ matchers, kept }: Selector): string[] {
  return [...kept, ...matchers.map(({ label }) => label)];
}

function isEquality({ label, operator }: Matcher): boolean {
  return operator === '=' && !OF_TARGET.has(label);
}

/** Two good interactions, a bad neighbour, and a call without a key at each service. */
async function traffic({ urls, keys }: FourServices): Promise<void> {
  const post = (path: string, body: unknown) =>
    fetch(`${urls.ingestion}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await post('/v1/sources', { source: 'webshop' })).status).toBeLessThan(300);
  const occurredAt = new Date(Date.now() - 60_000).toISOString();
  const viewed = (id: string, channel = 'web') => ({
    source: 'webshop',
    id,
    type: 'page.viewed',
    channel,
    occurredAt,
    identifiers: [{ type: 'email', value: `${id}@example.com` }],
  });
  const answer = await post('/v1/interactions', [viewed('a'), viewed('b'), viewed('c', 'pigeon')]);
  expect(answer.status).toBe(202);
  for (const url of [
    `${urls.ingestion}/v1/sources`,
    `${urls.identity}/v1/profiles?identifier=email:a@example.com`,
    `${urls.journey}/v1/interactions/webshop/a`,
    `${urls.metrics}/v1/kpis`,
  ])
    expect((await fetch(url)).status).toBe(401);
  for (const service of SERVICES)
    expect((await fetch(`${urls[service]}/health/ready`)).status).toBe(200);
}
