import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openPostgresLog, type LogRecord, type RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { ReplayBook, ReplayDesk, RunReplays } from '#replay';
import { openStorage, type Storage } from '#storage';
import { templateDatabase, type TemplateDatabase, type TestDatabase } from '#testing';
import {
  arrivalOf,
  busyHistories,
  START,
  TENANT,
  type History,
} from '../../application/history.fixture.js';
import { ReplayProfiles } from '../../application/replaying/replay-profiles.js';
import { settingsRecord } from '../../application/replaying/settings.fixture.js';
import { StitchBatch } from '../../application/stitch-batch.js';
import { SweepDeadlines } from '../../application/sweep-deadlines.js';
import { FOLDING } from '../../domain/derive.js';
import { PostgresDumpReader } from './canonical-dump.reader.js';
import { JOURNEY_SCHEMA, postgresStores } from './journey.schema.js';
import { PostgresReplays } from './replay.repository.js';

const WATERMARK = START + 40 * 3_600_000;
const WORKERS = 3;
/** One step does it: what it corrects is not seen by another. */
const ALL = 200;
const SECRET = { value: 'a secret of tests' };
const REPLAYER = fileURLToPath(new URL('./mortal-replayer.fixture.ts', import.meta.url));
const LOADER = new URL('../../../../../libs/testing/src/typescript-loader.mjs', import.meta.url);

let template: TemplateDatabase;
let database: TestDatabase;
let storage: Storage;
let closeAll: () => Promise<void>;
let next = 0;

async function open(url: string): Promise<{ opened: Storage; close: () => Promise<void> }> {
  const log = await openPostgresLog({ url });
  const opened = await openStorage({ ...JOURNEY_SCHEMA, databaseUrl: url, log });
  await opened.migrate();
  const close = async () => {
    await opened.close();
    await log.close();
  };
  return { opened, close };
}

beforeAll(async () => {
  template = await templateDatabase('journey', async (url) => (await open(url)).close());
});
afterAll(async () => template.close());
beforeEach(async () => {
  database = await template.copy();
  const { opened, close } = await open(database.url);
  storage = opened;
  closeAll = close;
});
afterEach(async () => {
  await closeAll();
  await database.close();
});

const query = <Row extends object>(sql: string): Promise<Row[]> =>
  storage.unitOfWork.run((transaction) => transaction.query<Row>(sql));

async function clear(): Promise<void> {
  await query(
    'TRUNCATE timeline, replaced_version, filing, profile, profile_alias, portrait, fact, checkpoint, consumer_offset, outbox, threshold, replay',
  );
  await query('UPDATE watermark SET at = 0');
}

/** Steps of two profiles by default, so that there is something between them. */
function useCases(profiles = 2) {
  const { unitOfWork } = storage;
  const stores = postgresStores(SECRET);
  const clock = new FixedClock(WATERMARK);
  const folding = { ...FOLDING, checkpointEvery: 2 };
  const replays = new PostgresReplays();
  const stepMax = { profiles, rows: 10 * profiles };
  const replaying = new ReplayProfiles(unitOfWork, { stores, replays, clock, folding, stepMax });
  const parts = { book: new ReplayBook(), replaying, clock };
  return {
    stitching: new StitchBatch(unitOfWork, stores, clock, folding),
    sweeping: new SweepDeadlines(unitOfWork, stores, clock, folding),
    desk: new ReplayDesk(unitOfWork, { ...parts, service: 'journey' }),
    replays: new RunReplays(unitOfWork, parts),
  };
}

async function replayed(isDryRun = false, profiles = 2) {
  const { desk, replays } = useCases(profiles);
  const { id } = await desk.request({ tenant: TENANT, isDryRun, requestedBy: 'key-1' });
  while (await replays.execute());
  return desk.one(TENANT, id);
}

const dump = () => new PostgresDumpReader(storage.unitOfWork).canonicalDump(TENANT);
const standings = () =>
  query(
    `SELECT profile_key, standing::jsonb - 'since' AS standing, segments FROM profile ORDER BY 1`,
  );
const outboxRows = async () => (await query('SELECT FROM outbox')).length;

function batches(seed: number): RecordBatch[] {
  const history = fc.sample(busyHistories, { numRuns: 1, seed })[0] as History;
  const arriving = fc.sample(arrivalOf(history), { numRuns: 1, seed })[0] as LogRecord[][];
  return arriving
    .flatMap((records) => [records.slice(0, 3), records.slice(3)])
    .filter((records) => records.length > 0)
    .map((records, index) => ({
      group: 'journey',
      incarnation: 'test',
      records: records.map((each) => ({ ...each, partition: index % WORKERS, offset: next++ })),
    }));
}

async function stitched(seed: number): Promise<void> {
  const { stitching, sweeping } = useCases();
  for (const batch of batches(seed)) await stitching.execute(batch);
  await sweeping.execute(WATERMARK);
}

/** What no code of ours would do to the schema. */
const DAMAGE = [
  `DELETE FROM fact WHERE ctid IN (SELECT ctid FROM fact ORDER BY fact_id LIMIT 2)`,
  `UPDATE fact SET content = replace(content, '"count":', '"count":7') WHERE kind = 'session'`,
  `UPDATE fact SET is_gone = true WHERE kind = 'contact'`,
  `INSERT INTO fact SELECT tenant, gen_random_uuid(), kind, profile_key, profile_id, revision, is_gone, is_provisional, from_at,
          to_at, at, final_at, content, is_sequential FROM fact`,
  `INSERT INTO fact SELECT tenant, gen_random_uuid(), kind, 77, profile_id, revision, is_gone, is_provisional, from_at,
          to_at, at, final_at, content, is_sequential FROM fact LIMIT 3`,
  `UPDATE profile SET standing = NULL, due_at = NULL WHERE profile_key = 1`,
  `UPDATE profile SET standing = jsonb_set(standing::jsonb, '{state}', '{}'), segments = '[]' WHERE profile_key > 1`,
  `UPDATE checkpoint SET standing = jsonb_set(standing::jsonb, '{state}', '{}')`,
  `UPDATE timeline SET fact_id = NULL, other_fact_id = NULL, is_sequential = NOT is_sequential`,
];

describe('a replay of journey on Postgres', () => {
  it('beside three workers finds nothing and ends where they end', async () => {
    for (const seed of Array.from({ length: 6 }, (_, index) => index + 51)) {
      await clear();
      await stitched(seed);
      const alone = await dump();
      await clear();
      const { stitching, sweeping, desk } = useCases();
      const placed = batches(seed);
      const working = { isOver: false };
      const work = async (worker: number) => {
        for (const one of placed) {
          if (one.records[0]?.partition !== worker) continue;
          await stitching.execute(one);
          await sweeping.execute(START + 3_600_000);
        }
      };
      const replaying = async () => {
        while (!working.isOver) await replayed();
      };
      const replays = replaying();
      await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      working.isOver = true;
      await replays;
      await sweeping.execute(WATERMARK);
      expect(await dump()).toEqual(alone);
      const told = await desk.list(TENANT);
      expect(told.map(({ status }) => status)).toEqual(told.map(() => 'done'));
      expect(told.flatMap(({ differences }) => differences.examples)).toEqual([]);
    }
  }, 120_000);

  it('tells as a dry run what is damaged, and puts it right; then nothing is left to do', async () => {
    await stitched(7);
    const right = { dump: await dump(), standings: await standings() };
    for (const sql of DAMAGE) await query(sql);
    const damaged = { dump: await dump(), standings: await standings() };
    expect(damaged.dump).not.toEqual(right.dump);
    const rows = await outboxRows();
    const tried = await replayed(true, ALL);
    expect(tried.differences.total).toBeGreaterThan(10);
    expect({ dump: await dump(), standings: await standings() }).toEqual(damaged);
    expect(await outboxRows()).toBe(rows);
    const done = await replayed(false, ALL);
    expect(done.differences).toEqual(tried.differences);
    expect({ dump: await dump(), standings: await standings() }).toEqual(right);
    expect(await query('SELECT FROM fact WHERE profile_key = 77 AND NOT is_gone')).toEqual([]);
    expect(await outboxRows()).toBeGreaterThan(rows);
    const checkpoints = `SELECT ctid FROM checkpoint UNION ALL SELECT ctid FROM profile UNION ALL SELECT ctid FROM fact`;
    const written = await query(checkpoints);
    expect((await replayed()).differences.total).toBe(0);
    expect(await query(checkpoints)).toEqual(written);
  });

  it('comes by itself with other settings, whose facts are those of always having had them', async () => {
    for (const seed of [61, 62, 63, 64]) {
      const settings = (index: number): RecordBatch => {
        const set = { issueWindowDays: 1, sessionInactivityMs: 600_000 };
        const record = { ...settingsRecord(2, set), partition: WORKERS + index, offset: next++ };
        return { group: 'journey', incarnation: 'test', records: [record] };
      };
      await clear();
      await useCases().stitching.execute(settings(0));
      await stitched(seed);
      const always = await dump();
      await clear();
      const { stitching, sweeping, replays, desk } = useCases();
      const placed = batches(seed);
      const changedAt = Math.floor(placed.length / 2);
      const work = async (worker: number) => {
        for (const [index, one] of placed.entries()) {
          if (index === changedAt && worker === 0) await stitching.execute(settings(1));
          if (one.records[0]?.partition !== worker) continue;
          await stitching.execute(one);
          await replays.execute();
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      while (await replays.execute());
      await sweeping.execute(WATERMARK);
      expect(await dump()).toEqual(always);
      expect(await desk.list(TENANT)).toMatchObject([
        { status: 'done', requestedBy: 'settings/2' },
      ]);
    }
  }, 60_000);

  it('goes on where a killed process was', async () => {
    await stitched(8);
    const right = await dump();
    for (const sql of DAMAGE) await query(sql);
    const { desk, replays } = useCases();
    const { id } = await desk.request({ tenant: TENANT, isDryRun: false, requestedBy: 'key-1' });
    const given = JSON.stringify({ url: database.url, secret: SECRET.value });
    const child = spawn(process.execPath, ['--import', LOADER.href, REPLAYER, given], {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), exit]);
    expect(child.exitCode).toBeNull();
    expect(await replays.execute()).toBe(false);
    child.kill('SIGKILL');
    await exit;
    expect(await desk.one(TENANT, id)).toMatchObject({ status: 'running', progress: { done: 1 } });
    while ((await desk.one(TENANT, id)).status === 'running') await replays.execute();
    expect(await dump()).toEqual(right);
    expect(await desk.one(TENANT, id)).toMatchObject({ status: 'done', failure: null });
  });
});
