import { describe, expect, it } from '@jest/globals';
import { OffsetReport } from './offset-report.js';

const prefixed = (topic: string) => `shop.${topic}`;

describe('the report of offsets', () => {
  it('says what moved, once; again what could not be said', async () => {
    const wanted = new Map([
      ['a 0', 1],
      ['a 1', 1],
    ]);
    const said: string[][] = [];
    let isAway = false;
    const report = new OffsetReport({
      wanted: () => wanted,
      commit: async (offsets) => {
        if (isAway) throw new Error('away');
        said.push(
          offsets.map(({ topic, partition, offset }) => `${topic}/${partition}: ${offset}`),
        );
      },
      prefixed,
    });
    await report.report();
    await report.report();
    wanted.set('a 1', 7);
    isAway = true;
    await report.report();
    isAway = false;
    await report.report();
    expect(said).toEqual([['shop.a/0: 1', 'shop.a/1: 1'], ['shop.a/1: 7']]);
  });

  it('says nothing while no partition is held, and waits for the answer before it says more', async () => {
    let answer = (): void => undefined;
    let calls = 0;
    let wanted: Map<string, number> | undefined;
    const report = new OffsetReport({
      wanted: () => wanted,
      commit: () => {
        calls++;
        return new Promise((resolve) => (answer = resolve));
      },
      prefixed,
    });
    await report.report();
    expect(calls).toBe(0);
    wanted = new Map([['a 0', 1]]);
    const first = report.report();
    wanted.set('a 0', 2);
    await report.report();
    expect(calls).toBe(1);
    answer();
    await first;
    void report.report();
    expect(calls).toBe(2);
  });
});
