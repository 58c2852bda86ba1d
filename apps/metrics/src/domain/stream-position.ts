/**
 * Where a reader of the stream stands: the offset wanted next of every partition that it reads. As bytes it names topics by their
 * place in `STREAM_TYPES`, the log by a hash of its incarnation, and the second at which it was given out. Numbers are varints: an id
 * goes out with every event. It leaves out who may use it: that is sealed around it.
 */
import { STREAM_TYPES } from '#contracts';
import { stableHash } from '#kernel';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

export interface StreamPosition {
  /** {@link logName} of the incarnation. */
  readonly log: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  readonly places: readonly Place[];
}

const VERSION = 1;
const LOG_BYTES = 6;
/** More than any installation has; what claims more is no position. */
const PLACES_MAX = 10_000;

/** 48 bits that tell logs of one installation apart. */
export function logName(incarnation: string): string {
  return stableHash('stream', incarnation).slice(0, 2 * LOG_BYTES);
}

export function encodePosition({ log, issuedAt, places }: StreamPosition): Uint8Array {
  const bytes = [VERSION];
  for (let at = 0; at < log.length; at += 2) bytes.push(Number.parseInt(log.slice(at, at + 2), 16));
  putNumber(bytes, issuedAt);
  for (const [topic, own] of Map.groupBy(places, (place) => place.topic)) {
    const index = STREAM_TYPES.findIndex((type) => type.topic === topic);
    if (index < 0) continue;
    putNumber(bytes, index);
    putNumber(bytes, own.length);
    for (const { partition, next } of own) {
      putNumber(bytes, partition);
      putNumber(bytes, next);
    }
  }
  return Uint8Array.from(bytes);
}

/** Undefined: these bytes are no position. */
export function decodePosition(bytes: Uint8Array): StreamPosition | undefined {
  if (bytes[0] !== VERSION || bytes.length <= LOG_BYTES) return undefined;
  const log = [...bytes.subarray(1, 1 + LOG_BYTES)].map(hex).join('');
  const numbers = numbersIn(bytes.subarray(1 + LOG_BYTES));
  const issuedAt = numbers?.[0];
  if (numbers === undefined || issuedAt === undefined) return undefined;
  const places = placesIn(numbers.slice(1));
  return places && { log, issuedAt, places };
}

function placesIn(numbers: readonly number[]): Place[] | undefined {
  const places: Place[] = [];
  for (let at = 0; at < numbers.length;) {
    const topic = STREAM_TYPES[numbers[at] ?? -1]?.topic;
    const count = numbers[at + 1] ?? PLACES_MAX;
    const end = at + 2 + 2 * count;
    if (topic === undefined || places.length + count > PLACES_MAX || end > numbers.length)
      return undefined;
    for (at += 2; at < end; at += 2)
      places.push({ topic, partition: numbers[at] ?? 0, next: numbers[at + 1] ?? 0 });
  }
  return places;
}

/** Base 128, the low digits first; no bit operations, which end at 2^31. */
function putNumber(bytes: number[], number: number): void {
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

function numbersIn(bytes: Uint8Array): number[] | undefined {
  const numbers: number[] = [];
  let number = 0;
  let scale = 1;
  for (const byte of bytes) {
    number += (byte % 128) * scale;
    scale *= 128;
    if (!Number.isSafeInteger(number)) return undefined;
    if (byte >= 128) continue;
    numbers.push(number);
    number = 0;
    scale = 1;
  }
  return scale === 1 ? numbers : undefined;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
