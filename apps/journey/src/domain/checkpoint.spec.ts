import { describe, expect, it } from '@jest/globals';
import { isAppend, TimelineFold, writeStanding } from './checkpoint.js';
import { FOLDING } from './derive.js';
import { START, told } from './told.fixture.js';

const entry = (id: string, at: number) => told({ id, at });

describe('a checkpoint', () => {
  it('holds everything of its instant: what comes at the same one is no append to it', () => {
    const fold = new TimelineFold({ ...FOLDING, checkpointEvery: 1 }, undefined);
    fold.take(entry('a', START));
    fold.take(entry('b', START + 1));
    const [checkpoint] = fold.checkpoints;
    // As after the entry behind it was withdrawn: the fold stands at the checkpoint.
    expect(isAppend(checkpoint, entry('aa', START))).toBe(false);
    expect(isAppend(checkpoint, entry('c', START + 1))).toBe(true);
    expect(isAppend(fold.standing(), entry('c', START + 1))).toBe(true);
  });

  it('never lies between two entries of one instant', () => {
    const fold = new TimelineFold({ ...FOLDING, checkpointEvery: 1 }, undefined);
    for (const id of ['a', 'b', 'c']) fold.take(entry(id, START));
    expect(fold.checkpoints).toEqual([]);
    fold.take(entry('d', START + 1));
    expect(fold.checkpoints).toMatchObject([
      { version: 1, tail: { id: 'c', occurredAt: START }, since: 0 },
    ]);
  });

  it('refuses open items of more than 16 KB, counted in bytes and without their references', () => {
    const tail = { occurredAt: START, source: 'shop', id: 'a' };
    const holding = (state: object) => () =>
      writeStanding({ version: 1, tail, since: 1, state: { cart: state } });
    expect(holding({ name: 'x'.repeat(16_000) })).not.toThrow();
    expect(holding({ name: 'x'.repeat(16_400) })).toThrow('16384 bytes');
    expect(holding({ name: 'ü'.repeat(8_000) })).not.toThrow();
    expect(holding({ name: 'ü'.repeat(8_200) })).toThrow('16384 bytes');
    expect(holding({ interactions: { first: ['x'.repeat(20_000)] } })).not.toThrow();
  });
});
