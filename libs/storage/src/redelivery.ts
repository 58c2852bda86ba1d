import { Fault } from '#kernel';
import { writeOutbox } from './outbox/outbox-writer.js';
import type { BatchWork } from './batch-consumption.js';
import type { Transaction } from './transaction.js';

interface Redelivered {
  readonly letterId: number;
  readonly work: BatchWork;
  readonly records: Parameters<BatchWork>[1];
}

/**
 * The effect of a record that was set aside and comes again. Its letter takes the place of the offset row: it goes in the transaction
 * of the effect, so a record is handled once, however many ask for it. Throws the fault again when it still cannot be handled.
 *
 * The row goes last: an erasure deletes letters on another connection while it holds what the work locks, and Postgres would not
 * see that the two wait for each other. One that was erased meanwhile takes the effect with it.
 */
export async function redeliver(
  transaction: Transaction,
  { letterId, work, records }: Redelivered,
): Promise<{ readonly hasWritten: boolean; readonly committed?: (() => void) | undefined }> {
  await transaction.query(
    `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' dead letter', $1))`,
    [letterId],
  );
  await assertOne(transaction, 'SELECT FROM dead_letter WHERE id = $1', letterId);
  const { outgoing, deadLetters = [], committed } = await work(transaction, records);
  const [still] = deadLetters;
  if (still !== undefined) throw new Fault(still.code, still.detail);
  await assertOne(transaction, 'DELETE FROM dead_letter WHERE id = $1 RETURNING id', letterId);
  await writeOutbox(transaction, outgoing);
  return { hasWritten: outgoing.length > 0, committed };
}

async function assertOne(transaction: Transaction, sql: string, letterId: number): Promise<void> {
  const found = await transaction.query(sql, [letterId]);
  if (found.length === 0)
    throw new Fault('not-found', 'This dead letter has been handled, or erased.');
}
