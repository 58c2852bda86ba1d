import { createRequire } from 'node:module';

/**
 * kafkajs writes and reads records the long way: 512 zeroed bytes outside the heap for each header, an array for each number, a
 * copy of all headers so far for each header read. Here those steps are replaced in place, byte for byte the same (measured:
 * a record with 12 headers 23 → 8 µs, of some 150 µs that ingestion needs for an interaction). kafkajs is pinned; another
 * version that has none of these steps makes `kafkajs-codec.spec.ts` fail.
 */
export interface KafkajsEncoder {
  buf: Buffer;
  offset: number;
  ensureAvailable(length: number): void;
  writeVarInt(value: number): this;
  writeUVarInt(value: number): this;
  writeVarLong(value: unknown): this;
  writeEncoder(value: KafkajsEncoder): this;
  writeEncoderArray(values: readonly KafkajsEncoder[]): this;
}

interface EncoderClass {
  readonly prototype: KafkajsEncoder;
  nextPowerOfTwo(value: number): number;
  sizeOfVarInt(value: number): number;
}

interface KafkajsDecoder {
  readVarInt(): number;
  readVarIntArray(reader: unknown): unknown[];
}

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

/** What `new Encoder()` asks for; V8 keeps arrays of up to 64 bytes on its own heap, where they cost next to nothing. */
const DEFAULT_SIZE = 511;
const SMALL_SIZE = 64;
/** A varint of 32 bits. */
const VARINT_BYTES_MAX = 5;
/** Doubled by the zigzag form it still fits. */
const SMALL_LONG_MAX = 0x3fff_ffff;
const CONTINUED = 0x80;
const BITS = 0x7f;

let isDone = false;

/** Once a process, before anything is sent. */
export function speedUpKafkajs(): void {
  if (isDone) return;
  isDone = true;
  const load = createRequire(import.meta.url);
  speedUpEncoder(load('kafkajs/src/protocol/encoder.js') as EncoderClass);
  const decoder = load('kafkajs/src/protocol/decoder.js') as { readonly prototype: KafkajsDecoder };
  speedUpDecoder(
    decoder.prototype,
    load('kafkajs/src/protocol/recordBatch/header/v0/decoder.js') as (
      from: KafkajsDecoder,
    ) => Header,
  );
}

function speedUpEncoder(encoder: EncoderClass): void {
  const { prototype } = encoder;
  const powerOfTwo = encoder.nextPowerOfTwo.bind(encoder);
  const writeVarLong = prototype.writeVarLong;
  encoder.nextPowerOfTwo = (value) => (value === DEFAULT_SIZE ? SMALL_SIZE : powerOfTwo(value));
  prototype.ensureAvailable = function (length) {
    const needed = this.offset + length;
    if (needed <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(powerOfTwo(needed));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
  };
  prototype.writeUVarInt = function (value) {
    this.ensureAvailable(VARINT_BYTES_MAX);
    let rest = value >>> 0;
    while (rest >= CONTINUED) {
      this.buf[this.offset++] = (rest & BITS) | CONTINUED;
      rest >>>= 7;
    }
    this.buf[this.offset++] = rest;
    return this;
  };
  prototype.writeVarLong = function (value) {
    const isSmall = typeof value === 'number' && value >= 0 && value <= SMALL_LONG_MAX;
    return isSmall ? this.writeVarInt(value) : writeVarLong.call(this, value);
  };
  prototype.writeEncoder = function (value) {
    this.ensureAvailable(value.offset);
    value.buf.copy(this.buf, this.offset, 0, value.offset);
    this.offset += value.offset;
    return this;
  };
  prototype.writeEncoderArray = function (values) {
    for (const value of values) this.writeEncoder(value);
    return this;
  };
  encoder.sizeOfVarInt = (value) => {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    let size = 1;
    for (; rest >= CONTINUED; size += 1) rest >>>= 7;
    return size;
  };
}

function speedUpDecoder(
  prototype: KafkajsDecoder,
  decodeHeader: (from: KafkajsDecoder) => Header,
): void {
  const readVarIntArray = prototype.readVarIntArray;
  prototype.readVarIntArray = function (reader) {
    if (reader !== decodeHeader) return readVarIntArray.call(this, reader);
    const headers = new HeaderList();
    const length = this.readVarInt();
    for (let index = 0; index < length; index++) headers.push(decodeHeader(this));
    return headers;
  };
}

/** kafkajs calls `reduce` on the list to make an object of it, and nothing else. */
class HeaderList extends Array<Header> {
  override reduce<Result>(): Result {
    const headers = Object.create(null) as Record<string, Buffer | null | (Buffer | null)[]>;
    for (const { key, value } of this) {
      const known = headers[key];
      if (known === undefined) headers[key] = value;
      else headers[key] = Array.isArray(known) ? [...known, value] : [known, value];
    }
    return headers as Result;
  }
}
