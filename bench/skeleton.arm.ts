/**
 * The pipeline without logic: three stages with offsets, outbox, timeline, state, one fact and buckets. It uses the product's
 * own log and storage, so the distance to `end-to-end` is the cost of what the services decide and keep.
 */
import type { EventLog, LogRecord, OutgoingRecord, Subscription } from '#event-log';
import { openStorage, type Storage, type Transaction } from '#storage';
import { ballastRecord } from './ballast.js';
import type { Arm, Ground } from './arm.js';
import { measure, until } from './measure.js';
import { preload } from './preload.js';

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly to: string | undefined;
  readonly tables: readonly string[];
  readonly statements: readonly Statement[];
}

type Statement = readonly [sql: string, parameters: (records: readonly LogRecord[]) => unknown[]];

const ids = (records: readonly LogRecord[]): string[] =>
  records.map((record) => record.headers['ce_id'] ?? '');
const keys = (records: readonly LogRecord[]): string[] => records.map((record) => record.key);
const distinctKeys = (records: readonly LogRecord[]): string[] =>
  [...new Set(keys(records))].sort();

function stages(round: string): readonly Stage[] {
  const topic = (name: string): string => `bench.${name}.${round}`;
  return [
    {
      name: 'skeleton_identity',
      from: topic('accepted'),
      to: topic('identified'),
      tables: ['CREATE TABLE seen (id text PRIMARY KEY, key text)'],
      statements: [
        [
          'INSERT INTO seen SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
          (records) => [ids(records), keys(records)],
        ],
      ],
    },
    {
      name: 'skeleton_journey',
      from: topic('identified'),
      to: topic('fact'),
      tables: [
        'CREATE TABLE timeline (key text, id text, body bytea, PRIMARY KEY (key, id))',
        'CREATE TABLE state (key text PRIMARY KEY, count bigint)',
      ],
      statements: [
        [
          'INSERT INTO timeline SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING',
          (records) => [keys(records), ids(records), records.map((record) => record.value)],
        ],
        [
          'INSERT INTO state SELECT key, 1 FROM unnest($1::text[]) key ON CONFLICT (key) DO UPDATE SET count = state.count + 1',
          (records) => [distinctKeys(records)],
        ],
      ],
    },
    {
      name: 'skeleton_metrics',
      from: topic('fact'),
      to: undefined,
      tables: [
        'CREATE TABLE fact (id text PRIMARY KEY, key text)',
        'CREATE TABLE bucket (hour int PRIMARY KEY, count bigint)',
      ],
      statements: [
        [
          'INSERT INTO fact SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
          (records) => [ids(records), keys(records)],
        ],
        [
          'INSERT INTO bucket VALUES (0, $1) ON CONFLICT (hour) DO UPDATE SET count = bucket.count + $1',
          (records) => [records.length],
        ],
      ],
    },
  ];
}

export const skeletonArm: Arm = {
  name: 'skeleton',
  logs: ['postgres', 'kafka'],
  async run(ground, interactions) {
    const log = await ground.openLog();
    const running = await prepare(ground, log, interactions);
    const subscriptions: Subscription[] = [];
    try {
      return await measure(interactions, { ...ground.pids, stages: process.pid }, async () => {
        for (const { stage, storage } of running) {
          subscriptions.push(await subscribe(log, stage, storage, ground.round));
        }
        await until(async () => (await counted(running)) >= interactions, 180_000);
      });
    } finally {
      for (const subscription of subscriptions) await subscription.stop();
      for (const { storage } of running) await storage.close();
      await log.close();
    }
  },
};

interface RunningStage {
  readonly stage: Stage;
  readonly storage: Storage;
}

async function prepare(
  ground: Ground,
  log: EventLog,
  interactions: number,
): Promise<RunningStage[]> {
  const running: RunningStage[] = [];
  for (const stage of stages(ground.round)) {
    await log.ensureTopics([
      { name: stage.from, partitions: 4, isCompacted: false, retentionMs: 86_400_000 },
    ]);
    const storage = await openStorage({
      databaseUrl: ground.databaseUrl,
      schema: stage.name,
      migrations: [],
      log,
    });
    await storage.migrate();
    await storage.unitOfWork.run(async (transaction) => {
      for (const table of stage.tables) await transaction.query(table);
    });
    storage.startRelay();
    running.push({ stage, storage });
  }
  await preload(ground, running[0]?.stage.from ?? '', interactions, ballastRecord);
  return running;
}

function subscribe(
  log: EventLog,
  stage: Stage,
  { unitOfWork }: Storage,
  round: string,
): Promise<Subscription> {
  const group = `${stage.name}-${round}`;
  return log.subscribe({
    group,
    topics: [stage.from],
    startAt: (partitions, incarnation) => unitOfWork.startAt(group, partitions, incarnation),
    onBatch: (batch) =>
      unitOfWork.consume(batch, async (transaction, records) => {
        for (const [sql, parameters] of stage.statements) {
          await transaction.query(sql, parameters(records));
        }
        return { outgoing: records.flatMap((record) => passedOn(record, stage.to)) };
      }),
  });
}

function passedOn(record: LogRecord, to: string | undefined): OutgoingRecord[] {
  if (to === undefined) return [];
  return [{ topic: to, key: record.key, headers: record.headers, value: record.value }];
}

async function counted(running: readonly RunningStage[]): Promise<number> {
  const last = running.at(-1);
  if (last === undefined) return 0;
  return last.storage.unitOfWork.run(async (transaction: Transaction) => {
    const rows = await transaction.query<{ count: number }>('SELECT count FROM bucket');
    return rows[0]?.count ?? 0;
  });
}
