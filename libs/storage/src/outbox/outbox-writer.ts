import type { OutgoingRecord } from '#event-log';
import type { Transaction } from '../transaction.js';
import { withTraces } from '#tracing';
import { encodeRecords } from './record-codec.js';

/** A change to everybody is sent in appends that the log can take; a batch stays below both. */
const RECORDS_MAX = 2_000;
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * One row a batch, in order. The ids are drawn here, after the work has taken its entity locks: of two transactions that touch
 * the same entity, the later one gets the higher id, and the relay sends in id order.
 */
export async function writeOutbox(
  transaction: Transaction,
  records: readonly OutgoingRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = portionsOf(withTraces(records)).map(encodeRecords);
  await transaction.query(
    `INSERT INTO outbox (records)
     SELECT records FROM unnest($1::bytea[]) WITH ORDINALITY AS r (records, place) ORDER BY place`,
    [rows],
  );
}

function portionsOf(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const portions: OutgoingRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const last = portions.at(-1);
    const size = record.value?.length ?? 0;
    if (last && last.length < RECORDS_MAX && bytes + size <= BYTES_MAX) {
      last.push(record);
      bytes += size;
    } else {
      portions.push([record]);
      bytes = size;
    }
  }
  return portions;
}
