import type { PreparedRecord } from '#contracts';
import type { OutgoingRecord } from '#event-log';

export function outgoingRecord({ text, ...record }: PreparedRecord): OutgoingRecord {
  return { ...record, value: Buffer.from(text) };
}
