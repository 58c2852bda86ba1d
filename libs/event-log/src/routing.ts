import { Fault } from '#kernel';
import type { OutgoingRecord } from './event-log.js';

/** One record at most; also what the broker is configured to take. */
export const RECORD_BYTES_MAX = 1_000_000;

/** What may wait in the accumulator of a process. */
export const WAITING = { waitingItemsMax: 20_000, waitingBytesMax: 64_000_000 } as const;

/** Size in the log, close enough for limits. */
export function sizeOf(record: OutgoingRecord): number {
  let bytes = record.key.length + (record.value?.length ?? 0) + 24;
  for (const name in record.headers) bytes += name.length + (record.headers[name]?.length ?? 0) + 4;
  return bytes;
}

/** Refused before it is queued, so that a record too large never fails its neighbours. */
export function assertSize(record: OutgoingRecord): void {
  const bytes = sizeOf(record);
  if (bytes <= RECORD_BYTES_MAX) return;
  throw new Fault(
    'too-large',
    `a record of ${record.topic} has ${bytes} bytes; the log takes ${RECORD_BYTES_MAX}`,
  );
}
