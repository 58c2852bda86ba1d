import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openPostgresLog, type OutgoingRecord } from '#event-log';
import { FixedClock } from '#kernel';
import { openStorage, ReplayTable1700000000002, triedOut, type Storage } from '#storage';
import type { Transaction } from '#storage';
import { freshDatabase, type TestDatabase } from '#testing';
import { Differences } from './differences.js';
import { KEPT_MAX, ReplayBook } from './replay-book.js';
import { ReplayDesk } from './replay-desk.js';
import { Replaying, type ReplayStep, type ReplayTask } from './replaying.js';
import { RunReplays } from './run-replays.js';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const STEPS = 3;

/** Three steps a tenant; each puts one number right. */
class Counting extends Replaying {
  readonly unit = 'numbers';
  readonly abandoned: string[] = [];
  failsOn: string | undefined;
  meanwhile: () => Promise<void> = async () => {};

  async size(): Promise<number> {
    return STEPS;
  }

  async step(transaction: Transaction, task: ReplayTask): Promise<ReplayStep> {
    const at = Number(task.position);
    const write = () =>
      transaction.query('INSERT INTO number (tenant, at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        task.tenant,
        at,
      ]);
    await (task.isDryRun ? triedOut(transaction, write) : write());
    await this.meanwhile();
    if (this.failsOn === String(at)) throw new TypeError('cannot count "secret"');
    const outgoing = task.isDryRun ? [] : [recordOf(`${task.tenant}/${at}`)];
    return {
      position: String(at + 1),
      done: 1,
      isFinished: at + 1 === STEPS,
      differences: Differences.of({ of: 'number', change: 'new', name: String(at) }),
      outgoing,
    };
  }

  override async abandon(_: Transaction, { id }: ReplayTask): Promise<void> {
    this.abandoned.push(id);
  }
}

const recordOf = (key: string): OutgoingRecord => ({
  topic: 'touchline.out.v1',
  key,
  headers: { ce_id: key },
  value: null,
});

let database: TestDatabase;
let storage: Storage;
let closeLog: () => Promise<void>;
let counting: Counting;

beforeEach(async () => {
  database = await freshDatabase();
  const log = await openPostgresLog({ url: database.url });
  closeLog = () => log.close();
  storage = await openStorage({
    databaseUrl: database.url,
    schema: 'counting',
    migrations: [ReplayTable1700000000002],
    log,
  });
  await storage.migrate();
  await query('CREATE TABLE number (tenant text, at int, PRIMARY KEY (tenant, at))');
  counting = new Counting();
});
afterEach(async () => {
  await storage.close();
  await closeLog();
  await database.close();
});

const query = <Row extends object>(sql: string): Promise<Row[]> =>
  storage.unitOfWork.run((transaction) => transaction.query<Row>(sql));

/** A process of its own. */
function process(replaying: Replaying = counting) {
  const clock = new FixedClock(NOW);
  const book = new ReplayBook();
  return {
    book,
    clock,
    runner: new RunReplays(storage.unitOfWork, { book, replaying, clock }),
    desk: new ReplayDesk(storage.unitOfWork, { service: 'counting', book, replaying, clock }),
  };
}

async function wanted(tenant: string, isDryRun = false) {
  return process().desk.request({ tenant, isDryRun, requestedBy: 'key-1' });
}

async function runAll({ runner } = process()): Promise<number> {
  let steps = 0;
  while (await runner.execute()) steps += 1;
  return steps;
}

const numbers = async () =>
  (await query<{ tenant: string; at: number }>('SELECT * FROM number ORDER BY tenant, at')).map(
    ({ tenant, at }) => `${tenant}/${at}`,
  );
const outboxRows = async () => (await query('SELECT FROM outbox')).length;

describe('a replay', () => {
  it('is taken step by step to its end, and tells how it went', async () => {
    const { id } = await wanted('a');
    expect(await runAll()).toBe(STEPS);
    expect(await process().desk.one('a', id)).toMatchObject({
      status: 'done',
      requestedBy: 'key-1',
      startedAt: '2026-03-01T00:00:00.000Z',
      endedAt: '2026-03-01T00:00:00.000Z',
      progress: { done: STEPS, total: STEPS, unit: 'numbers' },
      differences: { total: STEPS, counts: { number: { new: STEPS, changed: 0, gone: 0 } } },
      failure: null,
    });
    expect(await numbers()).toEqual(['a/0', 'a/1', 'a/2']);
    expect(await outboxRows()).toBe(STEPS);
  });

  it('as a dry run tells the same and leaves everything as it was', async () => {
    const { id } = await wanted('a', true);
    await runAll();
    const { status, differences } = await process().desk.one('a', id);
    expect({ status, total: differences.total }).toEqual({ status: 'done', total: STEPS });
    expect(await numbers()).toEqual([]);
    expect(await outboxRows()).toBe(0);
  });

  it('goes on from its last step when whoever took it died in one', async () => {
    const { id } = await wanted('a');
    const dying = process();
    await dying.runner.execute();
    counting.failsOn = '1';
    await expect(dying.runner.execute()).rejects.toThrow('cannot count');
    const { status, failure } = await process().desk.one('a', id);
    expect({ status, failure }).toEqual({
      status: 'running',
      failure: 'TypeError: cannot count "…"',
    });
    counting.failsOn = undefined;
    expect(await runAll()).toBe(STEPS - 1);
    expect(await numbers()).toEqual(['a/0', 'a/1', 'a/2']);
    expect(await process().desk.one('a', id)).toMatchObject({ status: 'done', failure: null });
  });

  it('is given up when a step fails again and again, and what was put aside goes', async () => {
    const { id } = await wanted('a');
    counting.failsOn = '1';
    const { runner } = process();
    const outcomes: string[] = [];
    for (let attempt = 0; attempt < 13; attempt++)
      outcomes.push(await runner.execute().then(String, () => 'failed'));
    expect(outcomes).toEqual(['true', ...Array<string>(10).fill('failed'), 'true', 'false']);
    expect(await process().desk.one('a', id)).toMatchObject({
      status: 'failed',
      failure: 'TypeError: cannot count "…"',
      progress: { done: 1 },
    });
    expect(counting.abandoned).toEqual([id]);
  });

  it('that was given up counts until its tenant asks for another; a dry run does not', async () => {
    const failed = () => storage.unitOfWork.run((each) => process().book.countFailed(each));
    const { runner, clock } = process();
    const givenUp = async (tenant: string, isDryRun = false) => {
      counting.failsOn = '0';
      await wanted(tenant, isDryRun);
      for (let attempt = 0; attempt < 11; attempt++) await runner.execute().catch(() => undefined);
      counting.failsOn = undefined;
    };
    await givenUp('a', true);
    expect(await failed()).toBe(0);
    await givenUp('a');
    await givenUp('b');
    expect(await failed()).toBe(2);
    const wish = { tenant: 'a', requestedBy: 'key-1', requestedAt: clock.now() + 1 };
    await storage.unitOfWork.run((each) =>
      process().book.request(each, { ...wish, isDryRun: true }),
    );
    expect(await failed()).toBe(2);
    await storage.unitOfWork.run((each) =>
      process().book.request(each, { ...wish, isDryRun: false }),
    );
    expect(await failed()).toBe(1);
  });

  it('can be stopped, once, between two steps', async () => {
    const { id } = await wanted('a');
    const { runner, desk } = process();
    await runner.execute();
    expect(await desk.stop('a', id)).toMatchObject({ status: 'stopped', progress: { done: 1 } });
    await desk.stop('a', id);
    expect(counting.abandoned).toEqual([id]);
    expect(await runAll()).toBe(0);
  });

  it('belongs to its tenant, who has one at a time', async () => {
    const { id } = await wanted('a');
    await expect(wanted('a')).rejects.toMatchObject({ code: 'replay-under-way' });
    await wanted('b');
    const { desk } = process();
    await expect(desk.one('b', id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(desk.stop('b', id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(desk.one('a', 'no\0id')).rejects.toMatchObject({ code: 'not-found' });
    await runAll();
    await wanted('a');
    expect((await desk.list('a')).map(({ status }) => status).sort()).toEqual(['done', 'pending']);
  });

  it('of one tenant takes turns with those of others', async () => {
    await wanted('a');
    await wanted('b');
    const { runner, clock } = process();
    for (let step = 0; step < 4; step++) {
      clock.advance(1);
      await runner.execute();
    }
    expect(await numbers()).toEqual(['a/0', 'a/1', 'b/0', 'b/1']);
  });

  it('that comes by itself waits for the one under way, and is asked for once', async () => {
    const { book, runner } = process();
    await wanted('a');
    await runner.execute();
    const wish = { tenant: 'a', isDryRun: true, requestedBy: 'rules', requestedAt: NOW };
    const again = () => storage.unitOfWork.run((each) => book.request(each, wish));
    const second = await again();
    expect(await again()).toBeUndefined();
    const order: string[] = [];
    counting.meanwhile = async () => void order.push('step');
    for (let step = 0; step < STEPS - 1; step++) await runner.execute();
    expect(await process().desk.one('a', second?.id ?? '')).toMatchObject({ status: 'pending' });
    expect(await runAll()).toBe(STEPS);
    expect(order).toHaveLength(2 * STEPS - 1);
  });

  it('is taken on by one process at a time', async () => {
    await wanted('a');
    const other = process();
    const beside: boolean[] = [];
    counting.meanwhile = async () => void beside.push(await other.runner.execute());
    await runAll();
    expect(beside).toEqual(Array<boolean>(STEPS).fill(false));
    expect(await numbers()).toEqual(['a/0', 'a/1', 'a/2']);
  });

  it('is forgotten when many came after it', async () => {
    const { book } = process();
    for (let count = 0; count < KEPT_MAX + 5; count++) {
      await storage.unitOfWork.run((transaction) =>
        book.request(transaction, {
          tenant: 'a',
          isDryRun: true,
          requestedBy: 'key-1',
          requestedAt: NOW + count,
        }),
      );
      await query(`UPDATE replay SET status = 'done'`);
    }
    expect(await query('SELECT FROM replay')).toHaveLength(KEPT_MAX);
  });
});
