/**
 * `GET /v1/kpis/:name?window=30d&by=channel` and the rolling table, as the use cases answer them: without a cache, with one that
 * is emptied before each question, with a warm one, and with a warm one while contacts come, one of ten of them days late.
 * Between two questions 10 s pass for the clock. Arms run interleaved; every answer is held against the one without a cache.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { openMemoryCache, openRedisCache } from '#cache';
import type { Cache } from '#cache';
import type { EventLog, LogRecord } from '#event-log';
import { FixedClock } from '#kernel';
import { openStorage } from '#storage';
import type { Storage } from '#storage';
import { PostgresAggregateTables } from '../../apps/metrics/src/adapters/postgres/counting/observations-and-buckets.repository.js';
import { PostgresKpiReadings } from '../../apps/metrics/src/adapters/postgres/answering/kpi-view.repository.js';
import { DayMemory } from '../../apps/metrics/src/application/answering/day-memory.js';
import { ReadKpi } from '../../apps/metrics/src/application/answering/read-kpi.js';
import { ReadKpiTable } from '../../apps/metrics/src/application/answering/read-kpi-table.js';
import { RememberedReadings } from '../../apps/metrics/src/application/answering/remembered-days.js';
import { AggregateBatch } from '../../apps/metrics/src/application/counting/aggregate-batch.js';
import type { KpiReadings } from '../../apps/metrics/src/application/ports.js';
import { CATALOGUE, kpiNamed } from '../../apps/metrics/src/domain/catalogue/index.js';
import { METRICS_SCHEMA } from '../../apps/metrics/src/metrics.module.js';
import { openGrounds } from '../grounds.js';
import { batchOf, contacts, TENANT } from './contacts.js';

const DAY = 86_400_000;
const END = Date.parse('2026-05-20T14:23:30Z');
const DAYS = 35;
const CHUNK = 500;
const PASSES_MS = 10_000;
const LIVE_BATCH = 50;
const CHECKED_EACH = 10;
const KPIS = ['contacts', 'average-handle-time'];

const tenants = {
  wanted: () => ({ zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 }),
  catalogue: () => CATALOGUE,
};

export interface KpiQueryOptions {
  readonly contacts: number;
  readonly questions: number;
  readonly isJson: boolean;
}

interface Scene {
  readonly storage: Storage;
  readonly clock: FixedClock;
  readonly stage: AggregateBatch;
  nextId: number;
}

type Ask = (readings: KpiReadings) => Promise<object>;

function questionsOf({ clock }: Scene): Map<string, Ask> {
  const asks = KPIS.map((name): [string, Ask] => {
    const kpi = kpiNamed(name);
    if (kpi === undefined) throw new Error(`no KPI ${name}`);
    const request = { tenant: TENANT, kpi, span: { window: '30d' as const }, filters: [] };
    const asked = { ...request, by: ['channel' as const], isCompared: false };
    return [
      `${name} 30d by channel`,
      (readings) => new ReadKpi(readings, clock, { graceMs: 3_600_000 }).execute(asked),
    ];
  });
  const table: Ask = (readings) =>
    new ReadKpiTable(readings, clock).execute(TENANT, ['1h', '24h', '7d', '30d']);
  return new Map([...asks, ['table 1h,24h,7d,30d', table]]);
}

/** Seconds it took. */
async function fill(scene: Scene, count: number): Promise<number> {
  const started = performance.now();
  let chunk: LogRecord[] = [];
  for (const record of contacts({ firstId: 0, count, fromMs: END - DAYS * DAY, toMs: END })) {
    chunk.push(record);
    if (chunk.length < CHUNK) continue;
    await scene.stage.execute(batchOf(chunk));
    chunk = [];
  }
  scene.nextId = count;
  await scene.storage.unitOfWork.run((transaction) => transaction.query('ANALYZE'));
  return (performance.now() - started) / 1_000;
}

/** What comes in the meantime: contacts of now, and some of the days before. */
async function goOn(scene: Scene): Promise<void> {
  const nowMs = scene.clock.now();
  const late = LIVE_BATCH / 10;
  const current = { firstId: scene.nextId, count: LIVE_BATCH - late };
  const older = { firstId: scene.nextId + current.count, count: late };
  const records = [
    ...contacts({ ...current, fromMs: nowMs - PASSES_MS, toMs: nowMs }),
    ...contacts({ ...older, fromMs: nowMs - 3 * DAY, toMs: nowMs }),
  ];
  scene.nextId += LIVE_BATCH;
  await scene.stage.execute(batchOf(records));
}

interface Arm {
  readonly name: string;
  readonly readings: KpiReadings;
  prepare(): Promise<void>;
}

interface Opened {
  readonly arms: readonly Arm[];
  close(): Promise<void>;
}

async function openArms(scene: Scene, redisUrl: string | undefined): Promise<Opened> {
  const plain = new PostgresKpiReadings(scene.storage.unitOfWork, tenants);
  const remembered = (cache: Cache): KpiReadings =>
    new RememberedReadings(plain, new DayMemory(cache, scene.clock));
  const nothing = async (): Promise<void> => undefined;
  const beside = (): Promise<void> => goOn(scene);
  const emptied = openMemoryCache({ clock: scene.clock });
  const kept: [string, Cache][] = [['in process', openMemoryCache({ clock: scene.clock })]];
  if (redisUrl !== undefined)
    kept.push(['Redis', await openRedisCache({ url: redisUrl, prefix: `bench-${process.pid}:` })]);
  const warm = kept.flatMap(([name, cache]): Arm[] => [
    { name: `${name}, warm`, readings: remembered(cache), prepare: nothing },
    { name: `${name}, beside traffic`, readings: remembered(cache), prepare: beside },
  ]);
  return {
    arms: [
      { name: 'no cache', readings: plain, prepare: nothing },
      { name: 'emptied', readings: remembered(emptied), prepare: () => emptied.close() },
      ...warm,
    ],
    close: async () =>
      void (await Promise.all([emptied.close(), ...kept.map(([, c]) => c.close())])),
  };
}

interface Figure {
  readonly question: string;
  readonly arm: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Every arm answers in turn; the first round is for connections, plans and caches. */
async function measure(scene: Scene, arms: readonly Arm[], count: number): Promise<Figure[]> {
  const spent = new Map<string, number[]>();
  const warmUp = new Map<string, number[]>();
  for (let round = -1; round < count; round += 1) {
    scene.clock.advance(PASSES_MS);
    for (const [question, ask] of questionsOf(scene)) {
      for (const arm of arms) {
        const key = `${question}\n${arm.name}`;
        const times = round < 0 ? warmUp : spent;
        times.set(key, [...(times.get(key) ?? []), await timed(arm, ask)]);
      }
      if (round % CHECKED_EACH === 0) await assertAlike(arms, ask);
    }
  }
  return [...spent].map(([key, times]) => {
    const [question = '', arm = ''] = key.split('\n');
    return { question, arm, ...quantiles(times) };
  });
}

async function timed({ readings, prepare }: Arm, ask: Ask): Promise<number> {
  await prepare();
  const started = performance.now();
  await ask(readings);
  return performance.now() - started;
}

async function assertAlike([plain, ...others]: readonly Arm[], ask: Ask): Promise<void> {
  if (plain === undefined) return;
  const expected = await ask(plain.readings);
  for (const { name, readings } of others)
    if (!isDeepStrictEqual(await ask(readings), expected))
      throw new Error(`${name} answers otherwise than without a cache`);
}

function quantiles(times: readonly number[]): Pick<Figure, 'p50Ms' | 'p99Ms' | 'maxMs'> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return Math.round(value * 10) / 10;
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** The machine's own redis-server, when there is one. */
async function startRedis(dir: string): Promise<{ url: string; stop(): Promise<unknown> } | void> {
  const script = pathToFileURL(join(process.cwd(), 'deploy/native/redis.mjs')).href;
  const native = (await import(script)) as {
    startRedis(o: { dataDir: string }): Promise<{ url: string; stop(): Promise<unknown> }>;
  };
  return native.startRedis({ dataDir: dir }).catch(() => undefined);
}

export async function runKpiQueryBench(options: KpiQueryOptions): Promise<void> {
  const grounds = await openGrounds(false);
  const dir = await mkdtemp(join(tmpdir(), 'touchline-bench-redis-'));
  const redis = await startRedis(dir);
  const { ground, leave } = await grounds.enter('postgres');
  const storage = await openStorage({
    ...METRICS_SCHEMA,
    databaseUrl: ground.databaseUrl,
    log: {} as EventLog,
  });
  try {
    await storage.migrate();
    const clock = new FixedClock(END);
    const tables = new PostgresAggregateTables();
    const stage = new AggregateBatch(storage.unitOfWork, tables, tenants, clock);
    const scene = { storage, clock, stage, nextId: 0 };
    const seconds = await fill(scene, options.contacts);
    const opened = await openArms(scene, redis?.url);
    const figures = await measure(scene, opened.arms, options.questions);
    await opened.close();
    if (options.isJson) console.log(JSON.stringify(figures));
    else print(options, seconds, figures);
  } finally {
    await storage.close();
    await leave();
    await redis?.stop();
    await grounds.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function print(options: KpiQueryOptions, seconds: number, figures: readonly Figure[]): void {
  const rate = Math.round(options.contacts / seconds);
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}; ${options.contacts} contacts over ${DAYS} days ` +
      `(counted at ${rate}/s), ${options.questions} questions an arm`,
  );
  console.table(figures);
}
