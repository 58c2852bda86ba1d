import { describe, expect, it } from '@jest/globals';
import {
  interactionName,
  Random,
  shuffleArrival,
  simulate,
  type SimulatedInteraction,
  SOURCES,
} from '#simulator';
import { eventually } from '#testing';
import { HttpSink } from '../../apps/cli/src/adapters/http-sink.js';
import type { Draft } from '../../apps/cli/src/domain/map-record.js';
import { createSources } from '../../apps/cli/src/create-sources.js';
import { identifiersUsed } from '../../apps/cli/src/demo/load-demo.js';
import { type Asked, canonicalDump } from './canonical-dump.js';
import { differencesIn, verifyStack } from './expect-verified.js';
import { type Flavour, flavours, type Stack } from './stack.js';

const ORDERS = 10;
/** So long ago that every session has ended and no clock is corrected on the way in. */
const simulation = simulate({
  seed: 'any order',
  customers: 24,
  days: 12,
  rate: 2,
  startAt: Date.UTC(2026, 2, 1),
});
const KPIS = [
  'interactions',
  'sessions',
  'contacts',
  'orders',
  'revenue',
  'net-revenue',
  'conversion-rate',
  'nps',
  'csat',
  'ces',
  'average-speed-of-answer',
  'average-handle-time',
  'abandonment-rate',
  'service-level',
];
const asked: Asked = {
  identifiers: identifiersUsed(simulation),
  kpis: KPIS,
  from: '2026-02-20',
  to: '2026-03-20',
};

/** Batches of random sizes, a few at a time. */
async function postIn(
  stack: Stack,
  order: readonly SimulatedInteraction[],
  seed: string,
): Promise<void> {
  await createSources(stack.client, SOURCES);
  const sink = new HttpSink(stack.client);
  const random = new Random('batches', seed);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < order.length) {
      const batch = order.slice(next, next + random.between(1, 60));
      next += batch.length;
      const { rejected } = await sink.post(batch.map(({ post }) => post as unknown as Draft));
      expect(rejected).toEqual([]);
    }
  };
  await Promise.all([work(), work(), work()]);
}

/** Nothing is on its way, all deadlines have fired, and what is kept follows from the archive. */
async function untilSettled(stack: Stack): Promise<void> {
  const postedAt = new Date().toISOString();
  const different: unknown[] = [];
  await eventually(
    async () => {
      const { tenants } = await verifyStack(stack);
      different.push(...differencesIn(tenants));
      expect(tenants.map(({ watermark }) => watermark >= postedAt)).toEqual([true]);
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
  expect(different).toEqual([]);
}

async function assertCounted(stack: Stack): Promise<void> {
  const expected = new Set(simulation.interactions.map(({ post }) => interactionName(post))).size;
  const path = `/v1/kpis/interactions?from=${asked.from}&to=${asked.to}`;
  expect(await stack.client.get(path)).toMatchObject({ value: expected });
}

async function dumpOf(flavour: Flavour, order: readonly SimulatedInteraction[], seed: string) {
  const stack = await flavour.start();
  try {
    await postIn(stack, order, seed);
    await untilSettled(stack);
    await assertCounted(stack);
    return await canonicalDump(stack, asked);
  } finally {
    await stack.stop();
  }
}

/** Lines of one dump only: whole dumps are too long to be read in a failure. */
function difference(dump: readonly string[], expected: readonly string[]): string[] {
  const [own, other] = [new Set(dump), new Set(expected)];
  return [
    ...dump.filter((each) => !other.has(each)).map((each) => `+ ${each}`),
    ...expected.filter((each) => !own.has(each)).map((each) => `- ${each}`),
  ].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}

describe.each(flavours().slice(0, 2))('any order of arrival, on $name', (flavour) => {
  let expected: string[];

  it('of a population with late, repeated, edited and skewed interactions has a result', async () => {
    expected = await dumpOf(flavour, simulation.interactions, 'as it came');
    const kinds = new Set(expected.map((each) => each.split(' ')[0]));
    expect(kinds).toEqual(new Set(['identifier', 'profile', 'timeline', 'facts', 'kpi', 'bucket']));
  }, 180_000);

  const seeds = Array.from({ length: ORDERS }, (_, index) => `order ${index + 1}`);
  it.each(seeds)(
    'is the same canonical dump: %s',
    async (seed) => {
      const order = shuffleArrival(simulation.interactions, seed);
      expect(difference(await dumpOf(flavour, order, seed), expected)).toEqual([]);
    },
    180_000,
  );
});
