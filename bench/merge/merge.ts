/**
 * What a merge, a login with a stronger root and a late event cost on a profile of 10, 1,000 and 100,000 interactions. The
 * figures ought to be flat: work is bounded by what changes, not by who it happens to.
 */
import type { OutgoingRecord } from '#event-log';
import { openGrounds } from '../grounds.js';
import { spread } from '../statistics.js';
import { Chain, type StageCost } from './chain.js';
import { accepted, END, pageAt, visit } from './visits.js';

const SIZES = [10, 1_000, 100_000];
const LARGEST = 100_000;
/** Customers of each size; the first round warms the program up, and its figures are thrown away. */
const ROUNDS = 6;
/** Interactions more in each round, so that profiles end at different distances from a checkpoint. */
const STEP = 13;
/** Everybody else: with a handful of rows in a table it would be right to read them all. */
const OTHERS = 5_000;
const CHUNK = 1_000;
const REPEATS = 4;
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
  readonly cpuUs: number;
  readonly stages: Readonly<Record<string, StageCost>>;
}

interface Scene {
  /** Not measured. */
  readonly before: readonly OutgoingRecord[];
  readonly event: OutgoingRecord;
}

interface Customer {
  readonly size: number;
  readonly round: number;
  readonly interactions: number;
  readonly name: string;
}

function customer(size: number, round: number): Customer {
  const interactions = size < CHUNK ? size : size + STEP * round;
  return { size, round, interactions, name: `person-${size}-${round}` };
}

const email = ({ name }: Customer) => [{ type: 'email', value: `${name}@example.com` }];

function merge(who: Customer, index: number, visitedUntil: number): Scene {
  const cookie = `visitor-${who.name}-${visitedUntil}-${index}`;
  const event = accepted(END + (index + 1) * 60 * MINUTE, [
    { type: 'anonymousId', value: cookie },
    ...email(who),
  ]);
  return { before: visit(cookie, visitedUntil), event };
}

interface Arm {
  readonly repeats: number;
  readonly sizes: readonly number[];
  scene(who: Customer, index: number): Scene;
}

const OLD_VISITOR = 'merge of 10, a year old';
const ARMS: Readonly<Record<string, Arm>> = {
  'event 5 back': {
    repeats: REPEATS,
    sizes: SIZES,
    scene: (who, index) => ({
      before: [],
      event: accepted(pageAt(who.interactions - 5, who.interactions) + 1_000 + index, email(who)),
    }),
  },
  'merge of 10 recent': {
    repeats: REPEATS,
    sizes: SIZES,
    scene: (who, index) => merge(who, index, END + (index + 1) * 60 * MINUTE - 2 * MINUTE),
  },
  'login, stronger root': {
    repeats: STRONGER.length,
    sizes: SIZES,
    scene: (who, index) => ({
      before: [],
      event: accepted(END + (REPEATS + 1 + index) * 60 * MINUTE, [
        ...email(who),
        { type: STRONGER[index] ?? '', value: who.name },
      ]),
    }),
  },
  [OLD_VISITOR]: {
    repeats: REPEATS,
    sizes: [LARGEST],
    scene: (who, index) => merge(who, 100 + index, END - YEAR - index * 60 * MINUTE),
  },
};

/** Postgres and Node µs an interaction. */
async function build(chain: Chain, records: Iterable<OutgoingRecord>): Promise<string> {
  const before = await chain.costs();
  const cpu = process.cpuUsage();
  let count = 0;
  let chunk: OutgoingRecord[] = [];
  for (const record of records) {
    chunk.push(record);
    count += 1;
    if (chunk.length < CHUNK) continue;
    await chain.feed(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await chain.feed(chunk);
  const { user, system } = process.cpuUsage(cpu);
  const stages = Object.entries(await chain.costs()).map(([stage, after]) => {
    const { written, postgresNs } = minus(after, before[stage]);
    return `${stage} ${(postgresNs / 1_000 / count).toFixed(1)} µs and ${(written / count).toFixed(3)} rows`;
  });
  return `each: Node ${((user + system) / count).toFixed(1)} µs, Postgres ${stages.join(', ')}`;
}

function* pagesOf(who: Customer): Generator<OutgoingRecord> {
  for (let index = 0; index < who.interactions; index += 1)
    yield accepted(pageAt(index, who.interactions), email(who));
}

function* others(): Generator<OutgoingRecord> {
  for (let index = 0; index < OTHERS; index += 1)
    yield accepted(END - index * MINUTE, [{ type: 'anonymousId', value: `other-${index}` }]);
}

/** One event's cost: rows and CPU. */
interface Sample {
  readonly stages: Readonly<Record<string, StageCost>>;
  readonly nodeUs: number;
}

async function sample(chain: Chain, { before, event }: Scene): Promise<Sample> {
  if (before.length > 0) await chain.feed(before);
  const costs = await chain.costs();
  const cpu = process.cpuUsage();
  await chain.feed([event]);
  const { user, system } = process.cpuUsage(cpu);
  const stages = Object.entries(await chain.costs()).map(([stage, after]) => [
    stage,
    minus(after, costs[stage]),
  ]);
  return { stages: Object.fromEntries(stages), nodeUs: user + system };
}

/** Rows on average; CPU as the median, because what else the machine does only adds to it. */
function figureOf(event: string, interactions: number, samples: readonly Sample[]): Figure {
  const names = Object.keys(samples[0]?.stages ?? {});
  const mean = (of: (sample: Sample) => number) =>
    Math.round((10 * samples.reduce((sum, each) => sum + of(each), 0)) / samples.length) / 10;
  const median = (of: (sample: Sample) => number) => Math.round(spread(samples.map(of)).median);
  const all = (name: keyof StageCost) => (each: Sample) =>
    Object.values(each.stages).reduce((sum, cost) => sum + cost[name], 0);
  const stages = names.map((name) => {
    const of = (cost: keyof StageCost) => mean(({ stages: each }) => each[name]?.[cost] ?? 0);
    return [name, { read: of('read'), written: of('written'), postgresNs: of('postgresNs') }];
  });
  return {
    event,
    interactions,
    read: mean(all('read')),
    written: mean(all('written')),
    nodeUs: median(({ nodeUs }) => nodeUs),
    postgresUs: median((each) => all('postgresNs')(each) / 1_000),
    cpuUs: median((each) => each.nodeUs + all('postgresNs')(each) / 1_000),
    stages: Object.fromEntries(stages) as Record<string, StageCost>,
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
  for (const event of Object.keys(ARMS)) {
    const of = figures.filter((figure) => figure.event === event);
    if (of.length < 2) continue;
    const ratio = (name: 'read' | 'written' | 'nodeUs' | 'postgresUs' | 'cpuUs') => {
      const values = of.map((figure) => figure[name]);
      return `${name} ${(Math.max(...values) / Math.min(...values)).toFixed(2)}×`;
    };
    console.log(
      `${event}, largest to smallest: ${(['read', 'written', 'cpuUs', 'nodeUs', 'postgresUs'] as const).map(ratio).join(', ')}`,
    );
  }
}

/** Of one arm: size by size, so that what the machine does in between meets all of them. */
const scenesOf =
  (customers: readonly Customer[]) =>
  ([event, { repeats, sizes, scene }]: [string, Arm]) =>
    Array.from({ length: repeats }, (_, index) => index).flatMap((index) =>
      customers
        .filter(({ size }) => sizes.includes(size))
        .map((who) => [`${event} ${who.size}`, () => scene(who, index)] as const),
    );

async function playArms(chain: Chain): Promise<Figure[]> {
  console.error(`${OTHERS} others, ${await build(chain, others())}`);
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    SIZES.map((size) => customer(size, round)),
  );
  for (const who of rounds.flat()) {
    const { interactions } = who;
    const cost = await build(chain, pagesOf(who));
    console.error(`a profile of ${interactions}, ${cost}`);
  }
  await chain.analyze();
  const samples = new Map<string, Sample[]>();
  for (const customers of rounds) {
    for (const [name, scene] of Object.entries(ARMS).flatMap(scenesOf(customers))) {
      const taken = await sample(chain, scene());
      if (customers !== rounds[0]) samples.set(name, [...(samples.get(name) ?? []), taken]);
    }
  }
  return Object.entries(ARMS).flatMap(([event, { sizes }]) =>
    sizes.map((size) => figureOf(event, size, samples.get(`${event} ${size}`) ?? [])),
  );
}

/** Ends by itself within some minutes: building the largest profile is most of it. */
export async function runMergeBench(isJson: boolean): Promise<void> {
  const grounds = await openGrounds(false);
  try {
    const { ground, leave } = await grounds.enter('postgres');
    const log = await ground.openLog();
    const chain = await Chain.open(ground.databaseUrl, log, END);
    try {
      const figures = await playArms(chain);
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
