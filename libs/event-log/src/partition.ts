/**
 * Which partition a key belongs to: murmur2 of its UTF-8 bytes, sign bit cleared, modulo. This is what the default
 * partitioner of Kafka's Java client does, so that both adapters, and producers in other languages, agree.
 */
const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** 32-bit murmur2 as in Kafka's `Utils.murmur2` (a signed integer). */
export function murmur2(bytes: Uint8Array): number {
  const whole = bytes.length - (bytes.length % 4);
  let hash = SEED ^ bytes.length;
  for (let index = 0; index < whole; index += 4) {
    hash = Math.imul(hash, MULTIPLIER) ^ mixed(wordAt(bytes, index, 4));
  }
  if (whole < bytes.length) {
    hash = Math.imul(hash ^ wordAt(bytes, whole, bytes.length - whole), MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) | 0;
}

export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

/** Up to four bytes, little-endian. */
function wordAt(bytes: Uint8Array, at: number, length: number): number {
  let word = 0;
  for (let index = length - 1; index >= 0; index--) word = (word << 8) | (bytes[at + index] ?? 0);
  return word;
}

function mixed(word: number): number {
  const spread = Math.imul(word, MULTIPLIER);
  return Math.imul(spread ^ (spread >>> 24), MULTIPLIER);
}
