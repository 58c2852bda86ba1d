import { Fault } from '#kernel';
import type { LogRecord, RecordBatch, TopicPartition } from '#event-log';
import type { Transaction } from './transaction.js';

interface OffsetRow extends TopicPartition {
  readonly next: number;
  readonly incarnation: string;
}

const positionName = (at: TopicPartition) => `${at.topic}/${at.partition}`;

/** Offset wanted next, per partition. Held under row locks from `lock` to the commit: a zombie waits there and is then fenced. */
export class LockedOffsets {
  private constructor(private readonly nextOf: ReadonlyMap<string, number>) {}

  static async lock(transaction: Transaction, batch: RecordBatch): Promise<LockedOffsets> {
    const wanted = partitionsOf(batch.records);
    let rows = await lockRows(transaction, batch.group, wanted);
    if (rows.length < wanted.length) {
      await insertMissing(transaction, batch, wanted);
      rows = await lockRows(transaction, batch.group, wanted);
    }
    assertIncarnation(rows, batch);
    return new LockedOffsets(new Map(rows.map((row) => [positionName(row), row.next])));
  }

  isDone(record: LogRecord): boolean {
    return record.offset < (this.nextOf.get(positionName(record)) ?? 0);
  }
}

/** Advances past `records` and puts `outbox` (may be null) beside it, in one statement. */
export async function advanceOffsets(
  transaction: Transaction,
  batch: RecordBatch,
  change: { readonly records: readonly LogRecord[]; readonly outbox: Buffer | null },
): Promise<void> {
  const nextOf = new Map<string, TopicPartition & { next: number }>();
  for (const { topic, partition, offset } of change.records) {
    nextOf.set(`${topic}/${partition}`, { topic, partition, next: offset + 1 });
  }
  const rows = [...nextOf.values()];
  await transaction.query(
    `WITH advanced AS (
       UPDATE consumer_offset AS o SET next = u.next, updated_at = now()
       FROM unnest($2::text[], $3::int[], $4::bigint[]) AS u (topic, partition, next)
       WHERE o.consumer_group = $1 AND o.topic = u.topic AND o.partition = u.partition
     )
     INSERT INTO outbox (records) SELECT $5::bytea WHERE $5::bytea IS NOT NULL`,
    [
      batch.group,
      rows.map((row) => row.topic),
      rows.map((row) => row.partition),
      rows.map((row) => row.next),
      change.outbox,
    ],
  );
}

/** Stored offsets of the group for these partitions, without locks. */
export async function readOffsets(
  read: Transaction['query'],
  batch: { readonly group: string; readonly incarnation: string },
  partitions: readonly TopicPartition[],
): Promise<(number | undefined)[]> {
  const rows = await read<OffsetRow>(
    `SELECT o.topic, o.partition, o.next, o.incarnation
     FROM consumer_offset AS o JOIN unnest($2::text[], $3::int[]) AS w (topic, partition) USING (topic, partition)
     WHERE o.consumer_group = $1`,
    [batch.group, partitions.map((at) => at.topic), partitions.map((at) => at.partition)],
  );
  assertIncarnation(rows, batch);
  const nextOf = new Map(rows.map((row) => [positionName(row), row.next]));
  return partitions.map((at) => nextOf.get(positionName(at)));
}

async function lockRows(
  transaction: Transaction,
  group: string,
  wanted: readonly TopicPartition[],
): Promise<OffsetRow[]> {
  return transaction.query<OffsetRow>(
    `SELECT o.topic, o.partition, o.next, o.incarnation
     FROM consumer_offset AS o JOIN unnest($2::text[], $3::int[]) AS w (topic, partition) USING (topic, partition)
     WHERE o.consumer_group = $1
     ORDER BY o.topic, o.partition
     FOR UPDATE OF o`,
    [group, wanted.map((at) => at.topic), wanted.map((at) => at.partition)],
  );
}

async function insertMissing(
  transaction: Transaction,
  batch: RecordBatch,
  wanted: readonly TopicPartition[],
): Promise<void> {
  await transaction.query(
    `INSERT INTO consumer_offset (consumer_group, topic, partition, next, incarnation)
     SELECT $1, w.topic, w.partition, 0, $4 FROM unnest($2::text[], $3::int[]) AS w (topic, partition)
     ORDER BY w.topic COLLATE "C", w.partition
     ON CONFLICT DO NOTHING`,
    [
      batch.group,
      wanted.map((at) => at.topic),
      wanted.map((at) => at.partition),
      batch.incarnation,
    ],
  );
}

function partitionsOf(records: readonly LogRecord[]): TopicPartition[] {
  return [...new Map(records.map((record) => [positionName(record), record])).values()];
}

function assertIncarnation(
  rows: readonly OffsetRow[],
  batch: { readonly group: string; readonly incarnation: string },
): void {
  const other = rows.find((row) => row.incarnation !== batch.incarnation);
  if (!other) return;
  throw new Fault(
    'log-incarnation-changed',
    `Group ${batch.group} has offsets of log ${other.incarnation}, but this is log ${batch.incarnation}: ` +
      'point the service at its log again, or rebuild its schema from this one.',
  );
}
