import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { openMemoryCache, openRedisCache } from '#cache';
import type { Cache } from '#cache';
import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import type { Storage } from '#storage';
import { backends, eventually, freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { DayMemory } from '../../../application/answering/day-memory.js';
import { ReadKpi } from '../../../application/answering/read-kpi.js';
import { ReadKpiTable } from '../../../application/answering/read-kpi-table.js';
import { RememberedReadings } from '../../../application/answering/remembered-days.js';
import { AggregateBatch } from '../../../application/counting/aggregate-batch.js';
import { RebuildBuckets } from '../../../application/counting/rebuild-buckets.js';
import { FixedRules } from '../../../application/memory-tables.fixture.js';
import { KpiReadings } from '../../../application/ports.js';
import type { KpiView } from '../../../application/ports.js';
import { anyBatches, TENANT, TO_MS } from '../../../application/random-history.fixture.js';
import { CATALOGUE } from '../../../domain/catalogue/index.js';
import { PostgresAggregateTables } from '../counting/observations-and-buckets.repository.js';
import { emptyTables, openMetricsStorage } from '../metrics-database.fixture.js';
import { PostgresKpiReadings } from './kpi-view.repository.js';

jest.setTimeout(300_000);

const RULES = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };
const KPIS = CATALOGUE.filter(({ unit }) => unit !== 'money').slice(0, 6);
const REDIS_DATABASE = 7;

let database: TestDatabase;
let storage: Storage;

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openMetricsStorage(database.url);
});

afterAll(async () => {
  await storage.close();
  await database.close();
});

const { redisUrl } = backends();
const clock = new FixedClock(TO_MS);
const tenants = new FixedRules(RULES);
const stage = (): AggregateBatch =>
  new AggregateBatch(storage.unitOfWork, new PostgresAggregateTables(), tenants, clock);

const rebuild = (): Promise<string[]> =>
  new RebuildBuckets(storage.unitOfWork, new PostgresAggregateTables(), tenants, clock).execute();

/** One snapshot, shown twice. */
class OneSnapshot extends KpiReadings {
  constructor(private readonly view: KpiView) {
    super();
  }

  snapshot<Result>(work: (view: KpiView) => Promise<Result>): Promise<Result> {
    return work(this.view);
  }
}

/** Whether what is remembered is what the same snapshot says. */
async function assertExact(memory: DayMemory): Promise<void> {
  await new PostgresKpiReadings(storage.unitOfWork, tenants).snapshot(async (view) => {
    const plain = new OneSnapshot(view);
    const remembered = new RememberedReadings(plain, memory);
    const table = (from: KpiReadings) =>
      new ReadKpiTable(from, clock).execute(TENANT, ['24h', '7d', '30d']);
    expect(await table(remembered)).toEqual(await table(plain));
    for (const kpi of KPIS) {
      const asked = { tenant: TENANT, kpi, span: { window: '30d' as const }, filters: [] };
      const request = { ...asked, by: kpi.dimensions.slice(0, 1), isCompared: true };
      const read = (from: KpiReadings) =>
        new ReadKpi(from, clock, { graceMs: 0 }).execute({ ...request, bucket: 'day' });
      expect(await read(remembered)).toEqual(await read(plain));
    }
  });
}

const longHistory = (seed: number): readonly RecordBatch[] =>
  fc
    .sample(anyBatches, { numRuns: 40, seed })
    .reduce((longest, each) => (each.length > longest.length ? each : longest));

/** Each of several workers has a partition of its own. */
function share(batches: readonly RecordBatch[], worker: number, workers: number): RecordBatch[] {
  const next = new Map<string, number>();
  return batches
    .filter((_, index) => index % workers === worker)
    .map((batch) => ({
      ...batch,
      records: batch.records.map((record) => {
        const offset = next.get(record.topic) ?? 0;
        next.set(record.topic, offset + 1);
        return { ...record, partition: worker, offset };
      }),
    }));
}

describe('remembered days', () => {
  it('are those of the reader’s snapshot, beside two workers and a change of zone', async () => {
    await emptyTables(storage);
    tenants.rules = RULES;
    const memory = new DayMemory(openMemoryCache({ clock }), clock);
    const [first = [], second = []] = [0, 1].map((worker) => share(longHistory(3), worker, 2));
    for (const batch of first.slice(0, 1)) await stage().execute(batch); // a tenant without rules has those wanted now
    const progress = { isDone: false };
    const working = (async () => {
      for (let turn = 1; turn < first.length; turn++) {
        if (turn === 3) tenants.rules = { ...RULES, zone: 'Asia/Kathmandu' };
        const batches = [first[turn], second[turn - 1]].filter((each) => each !== undefined);
        await Promise.all([...batches.map((batch) => stage().execute(batch)), rebuild()]);
      }
      progress.isDone = true;
    })();
    do await assertExact(memory);
    while (!progress.isDone);
    await working;
    await assertExact(memory);
    const before = memory.counts.remembered;
    await assertExact(memory);
    expect(memory.counts.remembered).toBeGreaterThan(before);
    expect(first.length).toBeGreaterThan(6);
  });
});

/** Between the service and Redis: can be cut, or go silent. */
class Relay {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  port = 0;

  constructor(private readonly to: URL) {}

  async open(): Promise<void> {
    this.server = createServer((socket) => {
      const other = connect(Number(this.to.port || 6379), this.to.hostname);
      for (const each of [socket, other]) {
        this.sockets.add(each);
        each.on('error', () => undefined);
        each.on('close', () => this.sockets.delete(each));
      }
      socket.pipe(other).pipe(socket);
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  silence(): void {
    for (const socket of this.sockets) socket.pause().unpipe();
  }
}

async function flush(to: URL): Promise<void> {
  const socket = connect(Number(to.port || 6379), to.hostname);
  socket.end(`SELECT ${REDIS_DATABASE}\r\nFLUSHDB\r\nQUIT\r\n`);
  socket.resume();
  await once(socket, 'close');
}

describe('Redis, which remembers them', () => {
  it('is required where CI runs', () => {
    if (process.env['CI'] === 'true') expect(redisUrl).toMatch(/^rediss?:/);
  });

  if (redisUrl === undefined) return;
  const to = new URL(redisUrl);
  let relay: Relay;
  let cache: Cache;

  beforeAll(async () => {
    relay = new Relay(to);
    await relay.open();
    await flush(to);
    cache = await openRedisCache({ url: `redis://127.0.0.1:${relay.port}/${REDIS_DATABASE}` });
  });

  afterAll(async () => {
    await cache.close();
    relay.close();
  });

  it('may be emptied, silent, gone and back at any moment: every answer is right', async () => {
    await emptyTables(storage);
    tenants.rules = RULES;
    const memory = new DayMemory(cache, clock);
    const moments: (() => unknown)[] = [
      () => undefined,
      () => flush(to),
      () => relay.silence(),
      () => relay.close(),
      () => relay.open(),
      () => undefined,
    ];
    const history = longHistory(4);
    for (const [index, moment] of moments.entries()) {
      const batch = history[index];
      if (batch !== undefined) await stage().execute(batch);
      await Promise.all([moment(), assertExact(memory), assertExact(memory)]);
      clock.advance(60_000);
    }
    await cacheIsBack();
    await assertExact(memory);
    const before = memory.counts.remembered;
    clock.advance(60_000);
    await assertExact(memory);
    expect(memory.counts.remembered).toBeGreaterThan(before);
  });

  async function cacheIsBack(): Promise<void> {
    await eventually(async () => expect(await cache.describe()).toMatch(/^redis /));
  }
});
