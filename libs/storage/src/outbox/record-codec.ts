import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Fault } from '#kernel';
import type { OutgoingRecord } from '#event-log';

/**
 * Records as bytes: format (1 byte), then compressed by Zstandard: length of the head (4 bytes), head, values one after the
 * other. The head is the JSON of `[[topic, key, headers, byteLength | -1], …]`; -1 is a tombstone. JSON escapes U+0000 and
 * lone surrogates, so what no text column could hold survives here. Records of a batch are alike: of 1.3 MB a twelfth is
 * left after 1.3 ms, and that much less is written, logged and sent back by the database.
 */
const FORMAT = 2;
const LENGTH_BYTES = 4;
/** Lower levels are no faster, higher ones leave no less. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

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
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  const values = records.map((record) => record.value).filter((value) => value !== null);
  const body = zstdCompressSync(Buffer.concat([length, head, ...values]), COMPRESSION);
  return Buffer.concat([Buffer.of(FORMAT), body]);
}

export function decodeRecords(bytes: Buffer): OutgoingRecord[] {
  const format = bytes.readUInt8(0);
  if (format !== FORMAT)
    throw new Fault('internal', `outbox row of format ${format}, expected ${FORMAT}`);
  const body = zstdDecompressSync(bytes.subarray(1));
  let at = LENGTH_BYTES + body.readUInt32BE(0);
  const head = JSON.parse(body.toString('utf8', LENGTH_BYTES, at)) as Head;
  return head.map(([topic, key, headers, length]) => {
    if (length < 0) return { topic, key, headers, value: null };
    const value = body.subarray(at, at + length);
    at += length;
    return { topic, key, headers, value };
  });
}
