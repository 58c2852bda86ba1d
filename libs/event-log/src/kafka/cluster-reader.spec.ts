import { describe, expect, it } from '@jest/globals';
import { decode } from './cluster-reader.js';

function message(offset: number, batch: [first: number, last: number], isControlRecord = false) {
  return {
    key: Buffer.from('k'),
    value: null,
    timestamp: '5',
    offset: String(offset),
    isControlRecord,
    batchContext: { firstOffset: String(batch[0]), lastOffsetDelta: batch[1] - batch[0] },
  };
}

function decoded(messages: ReturnType<typeof message>[], wanted: number) {
  const { records, after } = decode('t', { partition: 2, highWatermark: '99', messages }, wanted);
  return { offsets: records.map(({ offset }) => offset), next: after[0]?.next };
}

describe('a fetch without a group', () => {
  it('leaves out what lies before the offset wanted in the same batch', () => {
    const batch = [3, 4, 5].map((offset) => message(offset, [3, 5]));
    expect(decoded(batch, 4)).toEqual({ offsets: [4, 5], next: 6 });
  });

  it('goes on after a batch of which compaction took everything that was wanted', () => {
    expect(decoded([message(3, [3, 9])], 5)).toEqual({ offsets: [], next: 10 });
  });

  it('passes over transaction markers', () => {
    expect(decoded([message(4, [4, 4]), message(5, [5, 5], true)], 4)).toEqual({
      offsets: [4],
      next: 6,
    });
  });

  it('stays where it is when nothing came', () => {
    expect(decoded([], 7)).toEqual({ offsets: [], next: 7 });
  });
});
