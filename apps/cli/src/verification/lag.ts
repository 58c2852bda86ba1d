import { TOPIC } from '#contracts';
import { ERASURE_TOPICS } from '#erasure';
import type { EventLog } from '#event-log';
import type { Snapshot } from '#storage';
import { JOURNEY_TOPICS } from '../../../journey/src/application/decode-records.js';
import { readWatermark } from '../../../journey/src/adapters/postgres/canonical-dump.reader.js';
import { METRICS_TOPICS } from '../../../metrics/src/adapters/log/metrics.consumer.js';

/** Schemas in the direction of the records, with what each reads. */
const READERS = [
  ['identity', [TOPIC.interactionAccepted.name, ...ERASURE_TOPICS]],
  ['journey', [...JOURNEY_TOPICS, ...ERASURE_TOPICS]],
  ['metrics', [...METRICS_TOPICS, ...ERASURE_TOPICS]],
] as const;
const REPLAYED = ['journey', 'metrics'] as const;

/**
 * What the services still have to do at the moment of the snapshot; empty = all they keep follows from the same records.
 * The log is asked after the snapshot was taken: what came since counts as lag, never as done.
 */
export async function lagAt(snapshot: Snapshot, log: EventLog): Promise<string[]> {
  const lags: string[] = [];
  for (const [schema] of READERS) lags.push(...(await lagOf(schema, snapshot, log)));
  for (const service of REPLAYED) lags.push(...(await replaysOf(service, snapshot)));
  const { overdue } = await readWatermark(snapshot.of('journey'));
  if (overdue > 0) lags.push(`journey has ${overdue} profiles with deadlines to fire`);
  return lags;
}

/** Of one service alone. */
export async function lagOf(
  service: (typeof READERS)[number][0],
  snapshot: Snapshot,
  log: EventLog,
): Promise<string[]> {
  const topics = READERS.find(([schema]) => schema === service)?.[1] ?? [];
  const reader = snapshot.of(service);
  const offsets = await reader.read<{ topic: string; partition: number; next: number }>(
    'SELECT topic, partition, next FROM consumer_offset',
  );
  const [waiting] = await reader.read<{ rows: number }>('SELECT count(*)::int AS rows FROM outbox');
  const handled = new Map(
    offsets.map(({ topic, partition, next }) => [`${topic}/${partition}`, next]),
  );
  let behind = 0;
  for (const { topic, partition, earliest, next } of await log.ranges(topics))
    behind += Math.max(0, next - (handled.get(`${topic}/${partition}`) ?? earliest));
  return [
    ...(behind > 0 ? [`${service} has ${behind} records before it`] : []),
    ...(waiting && waiting.rows > 0 ? [`${service} has ${waiting.rows} batches to send`] : []),
  ];
}

async function replaysOf(
  service: (typeof REPLAYED)[number],
  snapshot: Snapshot,
): Promise<string[]> {
  const underWay = await snapshot
    .of(service)
    .read<{ of: string }>(
      `SELECT tenant AS of FROM replay WHERE status IN ('pending', 'running') AND NOT is_dry_run LIMIT 1`,
    );
  return underWay.map((replay) => `${service} is being replayed for ${replay.of}`);
}
