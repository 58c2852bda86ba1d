import { Fault } from '#kernel';
import type { OutgoingRecord } from '#event-log';

/**
 * Records as bytes: format (1 byte), length of the head (4 bytes), head, values one after the other.
 * The head is the JSON of `[[topic, key, headers, byteLength | -1], …]`; -1 is a tombstone. JSON escapes U+0000 and lone
 * surrogates, so what no text column could hold survives here.
 */
const FORMAT = 1;
const PREFIX_BYTES = 5;

type Head = readonly (readonly [string, string, Readonly<Record<string, string>>, number])[];

export function encodeRecords(records: readonly OutgoingRecord[]): Buffer {
  const head = Buffer.from(
    JSON.stringify(
      records.map((record) => [
        record.topic,
        record.key,
        record.headers,
        record.value === null ? -1 : record.value.length,
      ]),
    ),
  );
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(FORMAT, 0);
  prefix.writeUInt32BE(head.length, 1);
  const values = records.map((record) => record.value).filter((value) => value !== null);
  return Buffer.concat([prefix, head, ...values]);
}

export function decodeRecords(bytes: Buffer): OutgoingRecord[] {
  const format = bytes.readUInt8(0);
  if (format !== FORMAT)
    throw new Fault('internal', `outbox row of format ${format}, expected ${FORMAT}`);
  let at = PREFIX_BYTES + bytes.readUInt32BE(1);
  const head = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, at)) as Head;
  return head.map(([topic, key, headers, length]) => {
    if (length < 0) return { topic, key, headers, value: null };
    const value = bytes.subarray(at, at + length);
    at += length;
    return { topic, key, headers, value };
  });
}
