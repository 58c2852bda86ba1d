import { openEventLog } from '#event-log';
import type { EventLog, EventLogConfig, LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { EffectTable1800000000000 } from './effect-table.fixture.js';
import { openStorage } from './open-storage.js';
import type { Transaction } from './transaction.js';

/**
 * A process of its own that a test kills: takes batches, has an effect and an outgoing record for each record. At `haltAt` of
 * its second batch it says so and never goes on: inside the handler's transaction, after the commit (it relays nothing then),
 * or after the relay's append and before its delete.
 */
export type HaltAt = 'inside' | 'committed' | 'appended' | 'never';

export const IN = 'touchline.in.v1';
export const OUT = 'touchline.out.v1';
export const BATCH_SIZE = 10;

export interface MortalWorker {
  readonly databaseUrl: string;
  readonly log: EventLogConfig;
  readonly haltAt: HaltAt;
}

function halt(): Promise<never> {
  process.stdout.write('halted\n');
  return new Promise(() => undefined);
}

function haltingAfterAppend(log: EventLog): EventLog {
  const append = log.append.bind(log);
  log.append = async (records: readonly OutgoingRecord[]) => {
    await append(records);
    await halt();
  };
  return log;
}

async function affect(transaction: Transaction, records: readonly LogRecord[]) {
  await transaction.query(
    'INSERT INTO effect SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[])',
    [
      records.map(({ partition }) => partition),
      records.map(({ offset }) => offset),
      records.map(({ key }) => key),
    ],
  );
  return {
    outgoing: records.map(({ key, value }) => ({
      topic: OUT,
      key,
      headers: { ce_id: `of ${String(value)}` },
      value,
    })),
  };
}

export async function work({ databaseUrl, log: config, haltAt }: MortalWorker): Promise<void> {
  const opened = await openEventLog(config);
  const log = haltAt === 'appended' ? haltingAfterAppend(opened) : opened;
  const migrations = [EffectTable1800000000000];
  const storage = await openStorage({ databaseUrl, schema: 'stage', migrations, log });
  await storage.migrate();
  if (haltAt === 'appended' || haltAt === 'never') storage.startRelay();
  let batches = 0;
  const onBatch = async (batch: RecordBatch): Promise<void> => {
    batches += 1;
    await storage.unitOfWork.consume(batch, async (transaction, records) => {
      const effect = await affect(transaction, records);
      if (haltAt === 'inside' && batches === 2) await halt();
      return effect;
    });
    if (haltAt === 'committed' && batches === 2) await halt();
  };
  const startAt = (partitions: readonly { topic: string; partition: number }[], name: string) =>
    storage.unitOfWork.startAt('stage', partitions, name);
  await log.subscribe({ group: 'stage', topics: [IN], batchSizeMax: BATCH_SIZE, startAt, onBatch });
}

const [, program, given] = process.argv;
// Also imported for its constants, by a test whose arguments are jest's.
if (given !== undefined && program === import.meta.filename)
  await work(JSON.parse(given) as MortalWorker);
