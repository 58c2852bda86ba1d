import type { EventLogTransport, WorkObserver } from '#event-log';
import type { Tracing } from '#tracing';
import type { Metrics } from './metrics.js';
import { Reading } from './reading.js';

const MS_A_SECOND = 1_000;
/** Seconds a batch takes, from the handler's start to the commit. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500];

/** What the stages of this process do, traced and counted a batch. */
export function observeWork(metrics: Metrics, tracing: Tracing): WorkObserver {
  const labels = ['group'];
  const durations = metrics.histogram({
    name: 'touchline_consumer_batch_duration_seconds',
    help: 'Time of a batch that was handled: work, commit, and repeats after deadlocks.',
    labels,
    buckets: SECONDS,
  });
  const sizes = metrics.histogram({
    name: 'touchline_consumer_batch_records',
    help: 'Records of a batch that was handled; the sum counts the records.',
    labels,
    buckets: SIZES,
  });
  const retries = metrics.counter({
    name: 'touchline_consumer_retries_total',
    help: 'Failed attempts of a group: a batch that was not taken, offsets or log that could not be read.',
    labels,
  });
  const assignments = metrics.counter({
    name: 'touchline_consumer_rebalances_total',
    help: 'Assignments of partitions that came into force in this process, the first one included.',
    labels,
  });
  return {
    subscribed: (group) => {
      for (const metric of [durations, sizes]) metric.zero({ group });
      for (const metric of [retries, assignments]) metric.inc({ group }, 0);
    },
    around: async (batch, work) => {
      const { group, records } = batch;
      const startedAt = performance.now();
      await tracing.aroundBatch(batch, work);
      durations.observe({ group }, (performance.now() - startedAt) / MS_A_SECOND);
      sizes.observe({ group }, records.length);
    },
    retried: (group) => retries.inc({ group }),
    assigned: (group) => assignments.inc({ group }),
  };
}

/** What waits for the stages of this process. */
export function showLag(metrics: Metrics, transport: EventLogTransport): void {
  const lags = new Reading(() => transport.lags());
  metrics.gauge({
    name: 'touchline_consumer_lag_records',
    help: 'Records in the log that were not handled yet, of each partition that this process holds.',
    read: async () =>
      (await lags.value()).map(({ group, topic, partition, records }) => ({
        labels: { group, topic, partition: String(partition) },
        value: records,
      })),
  });
  metrics.gauge({
    name: 'touchline_consumer_running',
    help: '1 while the group holds an assignment, 0 while it waits for one or has failed.',
    read: () =>
      transport.states().map(({ group, state }) => ({
        labels: { group },
        value: state.status === 'running' ? 1 : 0,
      })),
  });
}
