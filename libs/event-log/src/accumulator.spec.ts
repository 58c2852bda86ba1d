import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import { Accumulator } from './accumulator.js';
import type { AccumulatorOptions } from './accumulator.js';

/** Sends are held until the test lets them go. */
function held(options: Partial<AccumulatorOptions<number>> = {}) {
  const sends: { items: readonly number[]; done: () => void; fail: (error: unknown) => void }[] =
    [];
  const accumulator = new Accumulator<number>({
    send: (items) => new Promise((done, fail) => sends.push({ items, done, fail })),
    bytesOf: () => 10,
    sendItemsMax: 3,
    sendBytesMax: 1_000,
    waitingItemsMax: 8,
    waitingBytesMax: 1_000,
    lingerMs: 1,
    deadlineMs: 5_000,
    ...options,
  });
  return { accumulator, sends };
}

/** Long enough for every timer and turn of the accumulator, also on a busy machine. */
const turn = () => sleep(20);

describe('the accumulator', () => {
  it('gathers what is appended at the same time into one send', async () => {
    const { accumulator, sends } = held();
    const appends = [accumulator.append([1]), accumulator.append([2])];
    await turn();
    expect(sends.map(({ items }) => items)).toEqual([[1, 2]]);
    sends[0]?.done();
    await Promise.all(appends);
  });

  it('has one send in flight, keeps the order of the calls, and confirms an append with its last part', async () => {
    const { accumulator, sends } = held();
    let isConfirmed = false;
    const large = accumulator.append([1, 2, 3, 4, 5]).then(() => (isConfirmed = true));
    const small = accumulator.append([6]);
    await turn();
    expect(sends.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    sends[0]?.done();
    await turn();
    expect(isConfirmed).toBe(false);
    expect(sends[1]?.items).toEqual([4, 5, 6]);
    sends[1]?.done();
    await Promise.all([large, small]);
  });

  it('cuts a send at its bytes, and lets one item beyond them travel alone', async () => {
    const { accumulator, sends } = held({ bytesOf: (item) => item, sendBytesMax: 100 });
    const append = accumulator.append([60, 60, 500]);
    for (let index = 0; index < 3; index++) {
      await turn();
      sends[index]?.done();
    }
    await append;
    expect(sends.map(({ items }) => items)).toEqual([[60], [60], [500]]);
  });

  it('refuses what is beyond the bound as overloaded, and takes more once there is room', async () => {
    const { accumulator, sends } = held();
    const waiting = accumulator.append([1, 2, 3, 4, 5, 6, 7, 8]);
    await expect(accumulator.append([9])).rejects.toMatchObject({
      code: 'overloaded',
      isRetriable: true,
    });
    for (let index = 0; index < 3; index++) {
      await turn();
      sends[index]?.done();
    }
    await waiting;
    const next = accumulator.append([9]);
    await turn();
    sends[3]?.done();
    await next;
  });

  it('takes a single append beyond the bound when nothing else waits', async () => {
    const { accumulator } = held({ send: async () => undefined, waitingItemsMax: 2 });
    await accumulator.append([1, 2, 3, 4]);
  });

  it('sends nothing more of an append of which a part failed; others go on', async () => {
    const { accumulator, sends } = held();
    const large = accumulator.append([1, 2, 3, 4, 5]);
    const other = accumulator.append([6]);
    await turn();
    sends[0]?.fail(new Error('broker away'));
    await expect(large).rejects.toMatchObject({ code: 'unavailable', isRetriable: true });
    await turn();
    expect(sends[1]?.items).toEqual([6]);
    sends[1]?.done();
    await other;
  });

  it('fails what was not sent by the deadline, and never sends it later', async () => {
    const { accumulator, sends } = held({ deadlineMs: 100 });
    const stuck = accumulator.append([1, 2, 3]);
    const behind = accumulator.append([4]);
    await expect(Promise.all([stuck, behind])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(behind).rejects.toBeInstanceOf(Fault);
    sends[0]?.done();
    const later = accumulator.append([5]);
    await turn();
    expect(sends.map(({ items }) => items)).toEqual([[1, 2, 3], [5]]);
    sends[1]?.done();
    await later;
  });

  it('loses no append that comes in the turn in which a send ends', async () => {
    const { accumulator } = held({ send: async () => undefined, lingerMs: 0 });
    for (let index = 0; index < 200; index++) await accumulator.append([index]);
  });

  it('finishes what waits when it closes, and refuses the rest', async () => {
    const { accumulator, sends } = held({ lingerMs: 5 });
    const last = accumulator.append([1]);
    const closed = accumulator.close();
    await turn();
    sends[0]?.done();
    await Promise.all([last, closed]);
    await expect(accumulator.append([2])).rejects.toMatchObject({ code: 'unavailable' });
  });
});
