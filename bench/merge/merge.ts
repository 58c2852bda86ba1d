/**
 * What a merge, a login with a stronger root and a late event cost on a profile of 10, 1,000 and 100,000 interactions. The
 * figures ought to be flat: work is bounded by what changes, not by who it happens to.
 */
import type { OutgoingRecord } from '#event-log';
import { openGrounds } from '../grounds.js';
import { Chain, type StageCost } from './chain.js';
import { accepted, END, pageAt, visit } from './visits.js';

const SIZES = [10, 1_000, 100_000];
const LARGEST = 100_000;
/** Of the profile that warms the program up; its figures are thrown away. */
const WARM = 12;
const CHUNK = 1_000;
const REPEATS = 20;
const OLD_REPEATS = 5;
const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;
const STRONGER = ['loyaltyId', 'customerId', 'userId'];

interface Figure {
  readonly event: string;
  readonly interactions: number;
  readonly read: number;
  readonly written: number;
  readonly nodeUs: number;
  readonly postgresUs: number;
  readonly stages: Readonly<Record<string, StageCost>>;
}

interface Scene {
  /** Not measured. */
  readonly before: readonly OutgoingRecord[];
  readonly event: OutgoingRecord;
}

const person = (size: number) => [{ type: 'email', value: `person-${size}@example.com` }];

function merge(size: number, index: number, visitedUntil: number): Scene {
  const cookie = `visitor-${size}-${visitedUntil}-${index}`;
  const event = accepted(END + (index + 1) * 60 * MINUTE, [
    { type: 'anonymousId', value: cookie },
    ...person(size),
  ]);
  return { before: visit(cookie, visitedUntil), event };
}

const SCENES: Readonly<Record<string, (size: number, index: number) => Scene>> = {
  'event 5 back': (size, index) => ({
    before: [],
    event: accepted(pageAt(size - 5, size) + 1_000 + index, person(size)),
  }),
  'merge of 10 recent': (size, index) =>
    merge(size, index, END + (index + 1) * 60 * MINUTE - 2 * MINUTE),
  'login, stronger root': (size, index) => ({
    before: [],
    event: accepted(END + (REPEATS + 1 + index) * 60 * MINUTE, [
      ...person(size),
      { type: STRONGER[index] ?? '', value: `person-${size}` },
    ]),
  }),
};

async function build(chain: Chain, size: number): Promise<void> {
  for (let first = 0; first < size; first += CHUNK) {
    const count = Math.min(CHUNK, size - first);
    await chain.feed(
      Array.from({ length: count }, (_, index) =>
        accepted(pageAt(first + index, size), person(size)),
      ),
    );
  }
}

async function measured(
  chain: Chain,
  event: string,
  { size, repeats, scene }: { size: number; repeats: number; scene: (index: number) => Scene },
): Promise<Figure> {
  const total: Record<string, StageCost> = {};
  let nodeUs = 0;
  for (let index = 0; index < repeats; index += 1) {
    const { before, event: record } = scene(index);
    if (before.length > 0) await chain.feed(before);
    const costs = await chain.costs();
    const cpu = process.cpuUsage();
    await chain.feed([record]);
    const { user, system } = process.cpuUsage(cpu);
    nodeUs += user + system;
    for (const [stage, after] of Object.entries(await chain.costs()))
      total[stage] = plus(total[stage], minus(after, costs[stage]));
  }
  const stages = Object.fromEntries(
    Object.entries(total).map(([stage, cost]) => [stage, shared(cost, repeats)]),
  );
  const sum = (of: (cost: StageCost) => number) =>
    Object.values(stages).reduce((all, cost) => all + of(cost), 0);
  return {
    event,
    interactions: size,
    read: sum(({ read }) => read),
    written: sum(({ written }) => written),
    nodeUs: Math.round(nodeUs / repeats),
    postgresUs: Math.round(sum(({ postgresNs }) => postgresNs) / 1_000),
    stages,
  };
}

const NOTHING: StageCost = { read: 0, written: 0, postgresNs: 0 };

function plus(a: StageCost = NOTHING, b: StageCost): StageCost {
  return {
    read: a.read + b.read,
    written: a.written + b.written,
    postgresNs: a.postgresNs + b.postgresNs,
  };
}

function minus(a: StageCost, b: StageCost = NOTHING): StageCost {
  return plus(a, { read: -b.read, written: -b.written, postgresNs: -b.postgresNs });
}

function shared({ read, written, postgresNs }: StageCost, by: number): StageCost {
  const rounded = (sum: number) => Math.round((sum / by) * 10) / 10;
  return { read: rounded(read), written: rounded(written), postgresNs: postgresNs / by };
}

function print(figures: readonly Figure[]): void {
  console.table(
    figures.map(({ stages, ...figure }) => ({
      ...figure,
      'read by stage': Object.values(stages)
        .map(({ read }) => read)
        .join(' / '),
      'written by stage': Object.values(stages)
        .map(({ written }) => written)
        .join(' / '),
    })),
  );
  for (const event of Object.keys(SCENES)) {
    const of = figures.filter((figure) => figure.event === event);
    const ratio = (name: 'read' | 'written' | 'nodeUs' | 'postgresUs') => {
      const values = of.map((figure) => figure[name]);
      return `${name} ${(Math.max(...values) / Math.min(...values)).toFixed(2)}×`;
    };
    console.log(
      `${event}, largest to smallest: ${(['read', 'written', 'nodeUs', 'postgresUs'] as const).map(ratio).join(', ')}`,
    );
  }
}

async function playScenes(chain: Chain): Promise<Figure[]> {
  const sizes = [WARM, ...SIZES];
  for (const size of sizes) {
    console.error(`building a profile of ${size} …`);
    await build(chain, size);
  }
  await chain.analyze();
  const figures: Figure[] = [];
  for (const [event, sceneOf] of Object.entries(SCENES)) {
    const repeats = event.startsWith('login') ? STRONGER.length : REPEATS;
    for (const size of sizes) {
      const scene = (index: number) => sceneOf(size, index);
      figures.push(await measured(chain, event, { size, repeats, scene }));
    }
  }
  const old = (index: number) => merge(LARGEST, 100 + index, END - YEAR - index * 60 * MINUTE);
  const visitor = { size: LARGEST, repeats: OLD_REPEATS, scene: old };
  figures.push(await measured(chain, 'merge of 10, a year old', visitor));
  return figures.filter(({ interactions }) => interactions !== WARM);
}

/** Ends by itself within some minutes: building the largest profile is most of it. */
export async function runMergeBench(isJson: boolean): Promise<void> {
  const grounds = await openGrounds(false);
  try {
    const { ground, leave } = await grounds.enter('postgres');
    const log = await ground.openLog();
    const chain = await Chain.open(ground.databaseUrl, log, END);
    try {
      const figures = await playScenes(chain);
      if (isJson) console.log(JSON.stringify(figures));
      else print(figures);
    } finally {
      await chain.close();
      await log.close();
      await leave();
    }
  } finally {
    await grounds.close();
  }
}
