import { EventLog, EventLogTransport } from '#event-log';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { Cache } from '#cache';
import { Storage } from '#storage';
import { Metrics } from './metrics.js';
import { Readiness, type CheckOptions } from './readiness.js';
import { COUNTED, RateLimiter } from './rate-limiter.js';
import { Reading } from './reading.js';
import type { Service } from './service.js';
import { showStorages } from './storage-metrics.js';
import { showLag } from './work-metrics.js';

/** An outbox this old means that nobody relays. */
const OUTBOX_AGE_MAX_MS = 30_000;

/** Registers what readiness and metrics show of log, cache, subscriptions, and of each service's database and relay. */
export function watch(
  app: INestApplicationContext,
  transport: EventLogTransport,
  services: readonly Service[],
): void {
  const readiness = app.get(Readiness);
  const metrics = app.get(Metrics);
  const log = app.get(EventLog);
  const cache = app.get(Cache);
  const storages = storagesOf(app);
  readiness.register('log', () => log.describe());
  readiness.register('cache', () => cache.describe(), { isOptional: true });
  void warnOfCache(cache);
  readiness.register('subscriptions', async () => subscriptionsOf(transport));
  const isOptional = services.every(({ module }) => module.isReadyWithoutDatabase === true);
  if (storages.length > 0) checkStorages(storages, readiness, { isOptional });
  showReadiness(metrics, readiness);
  showLag(metrics, transport);
  showStorages(metrics, storages);
  showLimits(metrics, app.get(RateLimiter));
}

/** Once, at start: from then on the gauge of checks tells. */
async function warnOfCache(cache: Cache): Promise<void> {
  try {
    await cache.describe();
  } catch (err) {
    new Logger('cache').warn({ err }, 'Redis cannot be used: the process works without it');
  }
}

function showLimits(metrics: Metrics, limiter: RateLimiter): void {
  metrics.total({
    name: 'touchline_rate_limited_total',
    help: 'Requests refused with 429 rate-limited, by the limit that they met: requests or interactions a second.',
    read: () => COUNTED.map((kind) => ({ labels: { kind }, value: limiter.refused[kind] })),
  });
  metrics.total({
    name: 'touchline_rate_counted_alone_total',
    help: 'Requests of limited keys that this process counted without the others, because Redis was slow or away.',
    read: () => limiter.countedAlone,
  });
}

function showReadiness(metrics: Metrics, readiness: Readiness): void {
  const results = new Reading(() => readiness.results());
  metrics.gauge({
    name: 'touchline_check_up',
    help: 'Checks of /health/ready: 1 up, 0 down. Cache down, or ingestion without its database: ready all the same.',
    read: async () =>
      (await results.value()).map(({ name, isUp }) => ({
        labels: { check: name },
        value: isUp ? 1 : 0,
      })),
  });
}

function subscriptionsOf(transport: EventLogTransport): string {
  const [failure] = transport.failures();
  if (failure !== undefined) throw new Error(`${failure.group}: ${failure.error.message}`);
  const states = transport.states();
  const waiting = states.filter(({ state }) => state.status !== 'running');
  if (waiting.length > 0)
    throw new Error(waiting.map(({ group, state }) => `${group} is ${state.status}`).join(', '));
  return `${states.length} running`;
}

function storagesOf(app: INestApplicationContext): Storage[] {
  try {
    return app.get<Storage>(Storage, { strict: false, each: true });
  } catch {
    return [];
  }
}

function checkStorages(
  storages: readonly Storage[],
  readiness: Readiness,
  options: CheckOptions,
): void {
  const database = async (): Promise<string> => {
    const [row] = await Promise.all(
      storages.map((storage) =>
        storage.unitOfWork.read<{ name: string }>('SELECT version() AS name'),
      ),
    );
    return row?.[0]?.name.split(' on ', 1)[0] ?? 'postgres';
  };
  const relay = async (): Promise<string> => {
    const outboxes = await Promise.all(storages.map((storage) => storage.outbox()));
    const oldest = Math.max(...outboxes.map(({ ageMs }) => ageMs));
    const error = outboxes.find((outbox) => outbox.error !== undefined)?.error;
    if (oldest > OUTBOX_AGE_MAX_MS)
      throw new Error(`a batch waits since ${oldest} ms${error ? `: ${error}` : ''}`);
    const waiting = outboxes.reduce((sum, { rows }) => sum + rows, 0);
    return `${waiting} batches waiting, ${await deadLetters(storages)} dead letters`;
  };
  readiness.register('database', database, options);
  readiness.register('relay', relay, options);
}

async function deadLetters(storages: readonly Storage[]): Promise<number> {
  const counts = await Promise.all(storages.map((storage) => storage.deadLetters.count()));
  return counts.reduce((sum, count) => sum + count, 0);
}
