import { jest } from '@jest/globals';
import type { LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { assertNoConnections, freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { EffectTable1800000000000 } from './effect-table.fixture.js';
import { openStorage } from './open-storage.js';
import { RecordingLog } from './recording-log.fixture.js';
import type { Storage } from './storage.js';

/** Each test migrates a database of its own; on a busy machine that alone can take seconds. */
jest.setTimeout(60_000);

export interface Stage {
  readonly database: TestDatabase;
  readonly log: RecordingLog;
  /** Opens one more storage on the same schema: another process. Closed with the stage. */
  open(log?: RecordingLog): Promise<Storage>;
  close(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const database = await freshDatabase();
  const log = new RecordingLog();
  const opened: Storage[] = [];
  return {
    database,
    log,
    open: async (own = log) => {
      const storage = await openStorage({
        databaseUrl: database.url,
        schema: 'stage',
        migrations: [EffectTable1800000000000],
        log: own,
        poolSize: 4,
      });
      opened.push(storage);
      await storage.migrate();
      return storage;
    },
    close: async () => {
      await Promise.all(opened.map((storage) => storage.close()));
      await assertNoConnections(database.url);
      await database.close();
    },
  };
}

export function outgoing(key: string, value: string | null = key): OutgoingRecord {
  return {
    topic: 'touchline.out.v1',
    key,
    headers: { ce_id: key },
    value: value === null ? null : Buffer.from(value),
  };
}

export function record(
  partition: number,
  offset: number,
  value = `${partition}-${offset}`,
): LogRecord {
  return {
    topic: 'touchline.in.v1',
    key: `k${partition}`,
    headers: {},
    value: Buffer.from(value),
    partition,
    offset,
    appendedAt: 1_700_000_000_000,
  };
}

/** `count` records of one partition from offset `from`. */
export function records(partition: number, from: number, count: number): LogRecord[] {
  return Array.from({ length: count }, (_, index) => record(partition, from + index));
}

export function batch(list: readonly LogRecord[], incarnation = 'log-1'): RecordBatch {
  return { group: 'stage', incarnation, records: list };
}
