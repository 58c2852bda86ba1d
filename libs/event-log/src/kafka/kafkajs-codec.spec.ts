import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { speedUpKafkajs } from './kafkajs-codec.js';
import type { KafkajsEncoder } from './kafkajs-codec.js';

interface Content {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

type Decode = (decoder: object, context: object) => Record<string, unknown>;

const load = createRequire(import.meta.url);
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  content: Content,
) => KafkajsEncoder;
const decodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as Decode;
const Encoder = load('kafkajs/src/protocol/encoder.js') as new () => KafkajsEncoder;
const Decoder = load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => {
  readVarInt(): number;
};

const anyText = fc.string({ unit: 'binary', maxLength: 300 });
const anyBytes = fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes));
const anyContent: fc.Arbitrary<Content> = fc.record({
  offsetDelta: fc.oneof(fc.nat(200), fc.nat()),
  timestampDelta: fc.oneof(fc.nat(200), fc.integer({ min: -5, max: 2 ** 40 })),
  key: fc.option(anyBytes),
  value: fc.option(anyBytes),
  headers: fc.dictionary(
    // kafkajs itself takes `constructor` for a header that it has seen.
    fc.string({ minLength: 1, maxLength: 70 }).filter((name) => !(name in {})),
    fc.oneof(anyText, fc.array(anyText, { minLength: 2, maxLength: 3 })),
    { maxKeys: 14 },
  ),
});

function encoded(content: Content): Buffer {
  const encoder = new Encoder().writeEncoderArray([encodeRecord(content), encodeRecord(content)]);
  return Buffer.from(encoder.buf.subarray(0, encoder.offset));
}

function read(bytes: Buffer): Record<string, unknown> {
  const decoder = new Decoder(bytes);
  decoder.readVarInt();
  return decodeRecord(decoder, { firstOffset: '7', firstTimestamp: '11' });
}

function decoded(bytes: Buffer): unknown {
  const { headers, ...rest } = read(bytes);
  return { ...rest, headers: Object.entries(headers as object) };
}

function headersOf(headers: Record<string, string>): Record<string, unknown> {
  const content = { offsetDelta: 0, timestampDelta: 0, key: null, value: null, headers };
  return read(encoded(content))['headers'] as Record<string, unknown>;
}

describe('kafkajs, sped up', () => {
  const contents = fc.sample(anyContent, 500);
  const integers = [0, -1, 1, 63, 64, 8_191, 8_192, 2 ** 31 - 1, -(2 ** 31)];
  const varints = (): Buffer[] =>
    integers.map((value) => {
      const encoder = new Encoder().writeVarInt(value).writeVarLong(value);
      return Buffer.from(encoder.buf.subarray(0, encoder.offset));
    });
  const before = contents.map(encoded);
  const readBefore = before.map(decoded);
  const varintsBefore = varints();
  const growsBefore = new Encoder().buf.length;

  it('writes the same bytes and reads the same records', () => {
    speedUpKafkajs();
    expect(contents.map(encoded)).toEqual(before);
    expect(before.map(decoded)).toEqual(readBefore);
    expect(varints()).toEqual(varintsBefore);
  });

  it('is sped up indeed: its steps are where they are looked for', () => {
    speedUpKafkajs();
    expect(growsBefore).toBe(512);
    expect(new Encoder().buf.length).toBe(64);
    expect(headersOf({ a: '1' })).toEqual({ a: Buffer.from('1') });
  });

  it('reads a header that is named like a property of every object', () => {
    speedUpKafkajs();
    const value = Buffer.from('x');
    expect(headersOf({ constructor: 'x' })['constructor']).toEqual(value);
  });
});
