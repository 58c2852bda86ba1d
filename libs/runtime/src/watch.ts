import { EventLog, EventLogTransport } from '#event-log';
import type { INestApplicationContext } from '@nestjs/common';
import { Cache } from '#cache';
import { Storage } from '#storage';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** An outbox this old means that nobody relays. */
const OUTBOX_AGE_MAX_MS = 30_000;
const MS_A_SECOND = 1_000;

/** Registers what readiness and metrics show of log, cache, subscriptions, and of each service's database and relay. */
export function watch(app: INestApplicationContext, transport: EventLogTransport): void {
  const readiness = app.get(Readiness);
  const metrics = app.get(Metrics);
  const log = app.get(EventLog);
  const cache = app.get(Cache);
  readiness.register('log', () => log.describe());
  readiness.register('cache', () => cache.describe(), { isOptional: true });
  readiness.register('subscriptions', async () => subscriptionsOf(transport));
  watchLag(metrics, transport);
  watchStorages(storagesOf(app), readiness, metrics);
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

function watchLag(metrics: Metrics, transport: EventLogTransport): void {
  metrics.gauge({
    name: 'touchline_consumer_lag_records',
    help: 'Records in the log that the groups of this process have not handled yet.',
    labels: ['group'],
    read: async () =>
      Object.fromEntries((await transport.lags()).map(({ group, lag }) => [group, lag])),
  });
}

function storagesOf(app: INestApplicationContext): Storage[] {
  try {
    return app.get<Storage>(Storage, { strict: false, each: true });
  } catch {
    return [];
  }
}

function watchStorages(storages: readonly Storage[], readiness: Readiness, metrics: Metrics): void {
  if (storages.length === 0) return;
  readiness.register('database', async () => {
    const [row] = await Promise.all(
      storages.map((storage) =>
        storage.unitOfWork.read<{ name: string }>('SELECT version() AS name'),
      ),
    );
    return row?.[0]?.name.split(' on ', 1)[0] ?? 'postgres';
  });
  readiness.register('relay', async () => {
    const outboxes = await Promise.all(storages.map((storage) => storage.outbox()));
    const oldest = Math.max(...outboxes.map(({ ageMs }) => ageMs));
    const error = outboxes.find((outbox) => outbox.error !== undefined)?.error;
    if (oldest > OUTBOX_AGE_MAX_MS)
      throw new Error(`a batch waits since ${oldest} ms${error ? `: ${error}` : ''}`);
    const waiting = outboxes.reduce((sum, { rows }) => sum + rows, 0);
    return `${waiting} batches waiting, ${await deadLetters(storages)} dead letters`;
  });
  metrics.gauge({
    name: 'touchline_dead_letters',
    help: 'Records set aside: they could not be handled, or the log refused them.',
    read: () => deadLetters(storages),
  });
  metrics.gauge({
    name: 'touchline_outbox_age_seconds',
    help: 'Age of the oldest batch that waits for the relay.',
    read: async () => {
      const outboxes = await Promise.all(storages.map((storage) => storage.outbox()));
      return Math.max(...outboxes.map(({ ageMs }) => ageMs)) / MS_A_SECOND;
    },
  });
}

async function deadLetters(storages: readonly Storage[]): Promise<number> {
  const counts = await Promise.all(storages.map((storage) => storage.deadLetters.count()));
  return counts.reduce((sum, count) => sum + count, 0);
}
