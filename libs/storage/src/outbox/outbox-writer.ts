import type { OutgoingRecord } from '#event-log';
import type { Transaction } from '../transaction.js';
import { withTraces } from '#tracing';
import { encodeRecords } from './record-codec.js';

/**
 * One row a batch. The id is drawn here, after the work has taken its entity locks: of two transactions that touch the
 * same entity, the later one gets the higher id, and the relay sends in id order.
 */
export async function writeOutbox(
  transaction: Transaction,
  records: readonly OutgoingRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await transaction.query('INSERT INTO outbox (records) VALUES ($1)', [
    encodeRecords(withTraces(records)),
  ]);
}
