import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random, shuffleArrival } from '#simulator';
import { backends } from '#testing';
import { type History, histories, SETTLED_AT, STARTED_AT } from './histories.js';
import type { SaidCall } from './memory-pipeline.js';
import { Workers } from './workers.js';

const HISTORIES = Number(process.env['WORKER_HISTORIES'] ?? 30);
/** Of them, on a real broker, where everything takes longer. */
const KAFKA_HISTORIES = 10;
/** How many of them have their KPIs asked for, one by one, over HTTP. */
const KPI_HISTORIES = Math.min(HISTORIES, 8);
const LENGTH_MAX = 120;
const REQUEST_MAX = 40;
const POSTERS = 4;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SEED = fc.readConfigureGlobal()?.seed ?? Date.now() % 2 ** 31;
const SPAN = 'from=2026-04-25&to=2026-07-10';

/** After the calls of every history: the newest word about its pair. */
const MERGE: SaidCall = {
  kind: 'merge',
  a: 'customerId:ann',
  b: 'customerId:bob',
  reason: 'they said so',
  actor: 'agent:2',
  at: STARTED_AT + 30 * MINUTE,
};
const UNMERGE: SaidCall = { ...MERGE, kind: 'unmerge', at: STARTED_AT + 40 * MINUTE };

/** What a tenant goes through on each of the two installations; the ends must be equal. */
interface Telling {
  readonly tenant: string;
  readonly history: History;
  /** In this order, somewhere on the way. A merge that is withdrawn is told as `[merge, withdraw]`. */
  readonly calls: readonly [one: readonly SaidCall[], other: readonly SaidCall[]];
}

const samples = fc.sample(histories(LENGTH_MAX), { numRuns: HISTORIES, seed: SEED });
const WITHDRAW: SaidCall = { ...MERGE, kind: 'withdraw' };
const tellings: readonly Telling[] = samples.flatMap((history, index) => [
  { tenant: `order-${index}`, history, calls: [[], []] },
  { tenant: `withdrawn-${index}`, history, calls: [[], [MERGE, WITHDRAW]] },
  { tenant: `unmerged-${index}`, history, calls: [[UNMERGE], [MERGE, UNMERGE]] },
]);

interface Installed {
  readonly name: string;
  /** The first of all: a history less on Kafka costs its time, not its kind. */
  readonly tellings: readonly Telling[];
  readonly log: () => Record<string, string>;
}

let installed = 0;
const kafka = () => ({
  TOUCHLINE_LOG: 'kafka',
  KAFKA_BROKERS: backends().kafkaBrokers.join(','),
  KAFKA_TOPIC_PREFIX: `workers-${process.pid}-${Date.now().toString(36)}-${installed++}-`,
});
const embedded: Installed = { name: 'the embedded log', tellings, log: () => ({}) };
const onKafka: Installed = {
  name: 'Kafka',
  tellings: tellings.slice(0, 3 * Math.min(HISTORIES, KAFKA_HISTORIES)),
  log: kafka,
};
const installations = backends().kafkaBrokers.length > 0 ? [embedded, onKafka] : [embedded];

interface Play {
  readonly workers: Workers;
  readonly tellings: readonly Telling[];
  readonly side: 0 | 1;
}

const tenantsOf = ({ tellings }: Pick<Play, 'tellings'>) => tellings.map(({ tenant }) => tenant);

type Step = (workers: Workers) => Promise<void>;

/** Requests of a tenant in random order and sizes, its calls in between. */
function stepsOf({ tenant, history, calls }: Telling, side: 0 | 1): Step[] {
  const random = new Random(SEED, tenant, side);
  const order = shuffleArrival(history.interactions, `${SEED} ${tenant} ${side}`);
  const steps: Step[] = [];
  while (order.length > 0) {
    const request = order.splice(0, random.between(1, REQUEST_MAX));
    steps.push((workers) => post(workers, tenant, request));
  }
  for (const said of history.calls) {
    const place = random.between(0, steps.length);
    const index = random.between(0, 2);
    steps.splice(place, 0, async (workers) => {
      await call(workers.worker(tenant, index), said);
    });
  }
  let place = 0;
  let callId = '';
  for (const said of calls[side]) {
    place = random.between(place, steps.length);
    const index = random.between(0, 2);
    steps.splice(place++, 0, async (workers) => {
      const client = workers.worker(tenant, index);
      callId = await call(client, said.kind === 'withdraw' ? { ...said, callId } : said);
    });
  }
  return steps;
}

async function post(workers: Workers, tenant: string, request: readonly object[]): Promise<void> {
  const answer = await workers.ingest(tenant).post('/v1/interactions', request);
  expect(answer).toMatchObject({ rejected: [] });
}

type Client = ReturnType<Workers['worker']>;

async function call(
  client: Client,
  { kind, at, ...said }: SaidCall & { readonly callId?: string },
): Promise<string> {
  const body = { ...said, ...(at !== undefined && { at: new Date(at).toISOString() }) };
  const outcome = await client.post(`/v1/identity/${kind}`, body);
  return (outcome as { call: { callId: string } }).call.callId;
}

/** Several tenants at a time, each tenant's steps one after the other; sweeps fall wherever they fall. */
async function tell({ workers, tellings, side }: Play): Promise<void> {
  const random = new Random(SEED, 'interleaving', side);
  const waiting = tellings.map((telling) => stepsOf(telling, side));
  const all = waiting.reduce((sum, steps) => sum + steps.length, 0);
  const sweepsAfter = new Map(
    [0.2, 0.4, 0.6, 0.8].map((share, index) => [
      Math.floor(all * share),
      STARTED_AT + (index + 1) * (2 + 3 * side) * DAY,
    ]),
  );
  let done = 0;
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const [steps] = waiting.splice(random.between(0, waiting.length - 1), 1);
      const step = steps?.shift();
      if (steps === undefined || step === undefined) continue;
      await step(workers);
      waiting.push(steps);
      const sweepAt = sweepsAfter.get(++done);
      if (sweepAt !== undefined) await workers.sweep(sweepAt, done);
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, work));
  await workers.untilIdle();
  // A sweep leaves profiles that a batch holds to the next one.
  await sweepToTheEnd(workers, Math.max(...sweepsAfter.values()));
}

async function sweepToTheEnd(workers: Workers, at: number): Promise<void> {
  await workers.sweep(at, 0);
  await workers.untilIdle();
}

interface Told {
  readonly folds: readonly number[];
  /** Tables that differ from what `verify` recomputes, on the way (the watermark amid the deadlines) and at the end. */
  readonly different: readonly unknown[];
  readonly dumps: ReadonlyMap<string, readonly string[]>;
  readonly kpis: ReadonlyMap<string, readonly string[]>;
}

async function told({ tellings, log }: Installed, side: 0 | 1): Promise<Told> {
  const workers = await Workers.start({
    receivedAt: SETTLED_AT,
    startAt: STARTED_AT + 60 * MINUTE,
    log: log(),
  });
  const play = { workers, tellings, side };
  const tenants = tenantsOf(play);
  try {
    await workers.open(tenants, ['shop', 'desk']);
    await tell(play);
    const onTheWay = await differencesOn(play);
    await sweepToTheEnd(workers, SETTLED_AT);
    const atTheEnd = await differencesOn(play);
    return {
      folds: workers.folds(),
      different: [...onTheWay, ...atTheEnd],
      dumps: await workers.dumps(tenants),
      kpis: await kpisOn(play),
    };
  } finally {
    await workers.stop();
  }
}

async function differencesOn({ workers, tellings }: Play): Promise<unknown[]> {
  const verified = await workers.verify();
  const known = verified.tenants.filter(({ interactions }) => interactions > 0);
  expect(known).toHaveLength(tellings.length);
  return verified.tenants.flatMap(({ tenant, watermark, tables }) =>
    tables
      .filter(({ different }) => different > 0)
      .map((table) => ({ tenant, watermark, ...table })),
  );
}

/** Value and counts of each KPI with something to count, of the first tenants whose calls differ; buckets of all are in the dumps. */
async function kpisOn({ workers, tellings }: Play): Promise<Map<string, string[]>> {
  const first = tellings[0]?.tenant ?? '';
  const { items } = (await workers.worker(first, 0).get('/v1/kpis')) as {
    items: { name: string; unit: string }[];
  };
  const asked = items.map(({ name, unit }) =>
    unit === 'money' ? `${name}?by=currency&` : `${name}?`,
  );
  const seen = new Map<string, string[]>();
  for (const { tenant, calls } of tellings.slice(0, 3 * KPI_HISTORIES)) {
    if (calls[0].length === calls[1].length) continue;
    const lines = asked.map(async (kpi, index) => {
      const answer = await workers.worker(tenant, index).get(`/v1/kpis/${kpi}${SPAN}`);
      const { value, n, numerator, provisional, groups } = answer as Record<string, unknown>;
      const told = { value, n, numerator, provisional, groups };
      return n === 0 ? [] : [`${kpi} ${JSON.stringify(told)}`];
    });
    seen.set(tenant, (await Promise.all(lines)).flat());
  }
  return seen;
}

/** Lines that only one side has, by tenant. */
function difference(one: Told['dumps'], other: Told['dumps']): string[] {
  return [...one].flatMap(([tenant, lines]) => {
    const others = other.get(tenant) ?? [];
    const [a, b] = [new Set(lines), new Set(others)];
    return [
      ...lines.filter((line) => !b.has(line)).map((line) => `${tenant} - ${line}`),
      ...others.filter((line) => !a.has(line)).map((line) => `${tenant} + ${line}`),
    ];
  });
}

describe.each(installations)(
  `histories told to three workers a service on $name (seed ${SEED})`,
  (on) => {
    const histories = on.tellings.length / 3;
    let one: Told;
    let other: Told;
    beforeAll(async () => {
      one = await told(on, 0);
      other = await told(on, 1);
    }, 600_000);
    const only = (told: Told['dumps'], name: string) =>
      new Map([...told].filter(([tenant]) => tenant.startsWith(name)));

    it('are worked on by all three', () => {
      for (const { folds } of [one, other]) {
        expect(folds).toHaveLength(3);
        for (const count of folds) expect(count).toBeGreaterThan(0);
      }
    });

    it('are what verify recomputes, at a watermark amid their deadlines and after all of them', () => {
      expect(one.different).toEqual([]);
      expect(other.different).toEqual([]);
    });

    it('give one canonical dump, whatever the order, batching and interleaving', () => {
      expect(one.dumps.size).toBe(3 * histories);
      const facts = [...one.dumps.values()]
        .flat()
        .filter((line) => line.startsWith('journey.facts'));
      expect(facts.length).toBeGreaterThan(histories);
      expect(difference(only(one.dumps, 'order-'), only(other.dumps, 'order-'))).toEqual([]);
    });

    it.each(['withdrawn', 'unmerged'])(
      'with a merge that was %s are as if it had never been, in the KPIs too',
      (name) => {
        expect(difference(only(one.dumps, name), only(other.dumps, name))).toEqual([]);
        expect(only(one.kpis, name).size).toBe(Math.min(histories, KPI_HISTORIES));
        // A short history may have nothing that counts, hardly half of them.
        const counted = [...only(one.kpis, name).values()].filter((lines) => lines.length > 0);
        expect(counted.length).toBeGreaterThan(Math.min(histories, KPI_HISTORIES) / 2);
        expect(difference(only(one.kpis, name), only(other.kpis, name))).toEqual([]);
      },
    );
  },
);
