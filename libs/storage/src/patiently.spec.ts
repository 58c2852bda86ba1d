import { describe, expect, it } from '@jest/globals';
import { Fault } from '#kernel';
import { patiently } from './patiently.js';

function failing(
  times: number,
  error: Error,
): { calls: () => number; work: () => Promise<string> } {
  let calls = 0;
  const work = async (): Promise<string> => {
    calls += 1;
    if (calls <= times) throw error;
    return 'done';
  };
  return { calls: () => calls, work };
}

describe('a patient start', () => {
  it('tries again after a retriable fault', async () => {
    const { calls, work } = failing(
      2,
      new Fault('unavailable', 'no leader yet', { retriable: true }),
    );
    expect([await patiently(work), calls()]).toEqual(['done', 3]);
  });

  it('throws anything else at once', async () => {
    const { calls, work } = failing(1, new Fault('conflict', 'never'));
    await expect(patiently(work)).rejects.toThrow('never');
    expect(calls()).toBe(1);
  });

  it('gives up in the end', async () => {
    const { work } = failing(100, new Fault('unavailable', 'still nothing', { retriable: true }));
    await expect(patiently(work, 200)).rejects.toThrow('still nothing');
  });
});
