import type { Storage, StorageActivity } from '#storage';
import type { Metrics } from './metrics.js';
import { Reading } from './reading.js';

const MS_A_SECOND = 1_000;

type Value<From> = (from: From) => number;

/** Relay, outbox, dead letters and pool of each schema of this process. What is read by SQL is the same from every replica. */
export function showStorages(metrics: Metrics, storages: readonly Storage[]): void {
  showRead(metrics, storages);
  showKnown(metrics, storages);
}

function showRead(metrics: Metrics, storages: readonly Storage[]): void {
  const standings = storages.map((storage) => ({
    service: storage.schema,
    reading: new Reading(async () => ({
      ...(await storage.outbox()),
      deadLetters: await storage.deadLetters.count(),
    })),
  }));
  type Standing = Awaited<ReturnType<(typeof standings)[number]['reading']['value']>>;
  const show = (name: string, help: string, value: Value<Standing>): void =>
    metrics.gauge({
      name,
      help,
      read: () =>
        Promise.all(
          standings.map(async ({ service, reading }) => ({
            labels: { service },
            value: value(await reading.value()),
          })),
        ),
    });
  show('touchline_outbox_batches', 'Batches that wait for the relay.', ({ rows }) => rows);
  show(
    'touchline_outbox_age_seconds',
    'Age of the oldest batch that waits for the relay; 0 when none does.',
    ({ ageMs }) => ageMs / MS_A_SECOND,
  );
  show(
    'touchline_dead_letters',
    'Records set aside: they could not be handled, or the log refused them.',
    ({ deadLetters }) => deadLetters,
  );
}

function showKnown(metrics: Metrics, storages: readonly Storage[]): void {
  const read = (value: Value<StorageActivity>) => () =>
    storages.map((storage) => ({
      labels: { service: storage.schema },
      value: value(storage.activity()),
    }));
  const gauge = (name: string, help: string, value: Value<StorageActivity>): void =>
    metrics.gauge({ name, help, read: read(value) });
  const total = (name: string, help: string, value: Value<StorageActivity>): void =>
    metrics.total({ name, help, read: read(value) });
  gauge(
    'touchline_relay_leading',
    '1 in the process whose relay sends the outbox of the schema; the sum over all processes is 1.',
    ({ relay }) => (relay.isLeading ? 1 : 0),
  );
  total(
    'touchline_relay_batches_total',
    'Batches of the outbox that this process sent to the log.',
    ({ relay }) => relay.batches,
  );
  total(
    'touchline_relay_failures_total',
    'Times that the relay of this process gave up its connection after an error.',
    ({ relay }) => relay.failures,
  );
  gauge(
    'touchline_database_connections',
    'Connections of the pool that are open.',
    ({ pool }) => pool.open,
  );
  gauge(
    'touchline_database_connections_busy',
    'Connections of the pool in use.',
    ({ pool }) => pool.open - pool.idle,
  );
  gauge(
    'touchline_database_connections_max',
    'Connections that the pool may open.',
    ({ pool }) => pool.max,
  );
  gauge(
    'touchline_database_waiting',
    'Callers that wait for a connection of the pool.',
    ({ pool }) => pool.waiting,
  );
  total(
    'touchline_database_repeats_total',
    'Transactions run again after a deadlock or a serialisation failure.',
    ({ repeats }) => repeats,
  );
}
