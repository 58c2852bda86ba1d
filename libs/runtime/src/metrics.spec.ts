import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { Distribution } from './distribution.js';
import { Metrics } from './metrics.js';
import { Reading } from './reading.js';

const linesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(name));

describe('a scrape', () => {
  it('shows what its owner keeps, and asks anew each time', async () => {
    const metrics = new Metrics();
    let held = ['a', 'b'];
    metrics.gauge({
      name: 'touchline_held',
      help: 'Held.',
      read: () => held.map((label, index) => ({ labels: { label }, value: index + 1 })),
    });
    metrics.total({ name: 'touchline_done_total', help: 'Done.', read: () => 7 });
    const first = await metrics.registry.metrics();
    expect(linesOf(first, 'touchline_held')).toEqual([
      'touchline_held{label="a"} 1',
      'touchline_held{label="b"} 2',
    ]);
    expect(first).toContain('# TYPE touchline_done_total counter\ntouchline_done_total 7');
    held = ['c'];
    expect(linesOf(await metrics.registry.metrics(), 'touchline_held')).toEqual([
      'touchline_held{label="c"} 1',
    ]);
  });

  it('leaves out what cannot be read, counts that, and shows all else', async () => {
    const metrics = new Metrics();
    let isAway = false;
    const read = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(3));
    metrics.gauge({ name: 'touchline_far', help: 'Far.', read });
    metrics.gauge({ name: 'touchline_near', help: 'Near.', read: () => 4 });
    const failures = 'touchline_metric_read_failures_total{metric="touchline_far"}';
    const before = await metrics.registry.metrics();
    expect(linesOf(before, 'touchline_far')).toEqual(['touchline_far 3']);
    expect(linesOf(before, failures)).toEqual([`${failures} 0`]);
    isAway = true;
    await metrics.registry.metrics();
    const after = await metrics.registry.metrics();
    expect(linesOf(after, 'touchline_far')).toEqual([]);
    expect(linesOf(after, 'touchline_near')).toEqual(['touchline_near 4']);
    expect(linesOf(after, failures)).not.toEqual([`${failures} 0`]);
  });
});

describe('a reading', () => {
  it('is shared by scrapes that come together, and never runs twice at once', async () => {
    let runs = 0;
    const reading = new Reading(async () => ++runs);
    expect(await Promise.all([reading.value(), reading.value()])).toEqual([1, 1]);
    expect(await reading.value()).toBe(1);
  });

  it('is given up when it takes too long', async () => {
    const reading = new Reading(() => new Promise<number>(() => undefined));
    await expect(reading.value()).rejects.toThrow('no answer within');
  });
});

describe('a distribution', () => {
  it('shows the same as the histogram of the client', async () => {
    // The client's own histogram takes a bound of -1 for 'none'.
    const bound = fc.integer({ min: 0, max: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(bound, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: -60, max: 60 })),
        async (unsorted, values) => {
          const bounds = unsorted.toSorted((a, b) => a - b);
          const options = { name: 'delay_seconds', help: 'Delay.' };
          const theirs = new Registry();
          const histogram = new Histogram({ ...options, buckets: bounds, registers: [theirs] });
          const distribution = new Distribution(bounds);
          for (const value of values) {
            histogram.observe(value);
            distribution.observe(value);
          }
          const ours = new Metrics();
          ours.distribution({ ...options, read: () => distribution });
          const [own, other] = [await ours.registry.metrics(), await theirs.metrics()];
          expect(linesOf(own, 'delay_seconds')).toEqual(linesOf(other, 'delay_seconds'));
        },
      ),
    );
  });
});
