import { describe, expect, it } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionOf } from './partition.js';

describe('the partition of a key', () => {
  it('hashes as the Java client does (vectors of its own tests)', () => {
    const vectors: [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ];
    for (const [text, hash] of vectors) expect(murmur2(Buffer.from(text))).toBe(hash);
    expect(murmur2(Buffer.from([97, 98, 99]))).toBe(479470107);
  });

  it('agrees with the default partitioner of kafkajs for any key', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
    for (let index = 0; index < 500; index++) {
      const key = `tenant\u001fschlüssel:${'🜁'.repeat(index % 5)}${index}`;
      const theirs = partitioner({ topic: 't', partitionMetadata, message: { key, value: null } });
      expect(partitionOf(key, 7)).toBe(theirs);
    }
  });
});
