import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { openEventLog } from '#event-log';
import type { EventLog, EventLogConfig } from '#event-log';
import { backends, eventually, freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { BATCH_SIZE, IN, OUT } from './mortal-worker.fixture.js';
import type { HaltAt } from './mortal-worker.fixture.js';

jest.setTimeout(120_000);

const WORKER = fileURLToPath(new URL('./mortal-worker.fixture.ts', import.meta.url));
const LOADER = new URL('../../testing/src/typescript-loader.mjs', import.meta.url).href;
const TAKE_OVER_MAX_MS = 90_000;
const KEYS = Array.from({ length: 5 * BATCH_SIZE }, (_, index) => `key-${index}`).sort();

const { kafkaBrokers } = backends();
const kinds: EventLogConfig['kind'][] =
  kafkaBrokers.length === 0 ? ['postgres'] : ['postgres', 'kafka'];

interface Room {
  readonly database: TestDatabase;
  readonly config: EventLogConfig;
  readonly log: EventLog;
  readonly children: ChildProcess[];
}

/** A log and a database of its own: these tests mostly wait for a dead worker to be missed, so they wait side by side. */
async function within(kind: EventLogConfig['kind'], test: (room: Room) => Promise<void>) {
  const database = await freshDatabase();
  const topicPrefix = `t${randomBytes(5).toString('hex')}.`;
  const config: EventLogConfig =
    kind === 'postgres'
      ? { kind, databaseUrl: database.url }
      : { kind, brokers: kafkaBrokers, topicPrefix, sessionTimeoutMs: 6_000 };
  const log = await openEventLog(config);
  const children: ChildProcess[] = [];
  try {
    const topic = { partitions: 1, isCompacted: false, retentionMs: 86_400_000 };
    await log.ensureTopics([
      { ...topic, name: IN },
      { ...topic, name: OUT },
    ]);
    await log.append(KEYS.map((key) => ({ topic: IN, key, headers: {}, value: Buffer.from(key) })));
    await test({ database, config, log, children });
  } finally {
    const living = children.filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(living.map(kill));
    await log.close();
    await database.close();
  }
}

function start({ database, config, children }: Room, haltAt: HaltAt) {
  const given = JSON.stringify({ databaseUrl: database.url, log: config, haltAt });
  const child = spawn(process.execPath, ['--import', LOADER, WORKER, given], { env: {} });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

async function outgoing({ log }: Room): Promise<string[]> {
  const records = await log.read({ topic: OUT, partition: 0, from: 0, max: 1_000 });
  return records.map(({ key }) => key);
}

describe.each(kinds)('a process killed in the middle of a batch, log on %s', (kind) => {
  it.concurrent.each(['inside', 'committed', 'appended'] as const)(
    '%s: the next one takes over, and every record has its effect once',
    (haltAt) =>
      within(kind, async (room) => {
        const { database } = room;
        const first = start(room, haltAt);
        await eventually(() => expect(first.said()).toContain('halted'), {
          timeoutMs: TAKE_OVER_MAX_MS,
        });
        await kill(first.child);
        const before = await outgoing(room);
        expect(before.length > 0).toBe(haltAt === 'appended');

        const second = start(room, 'never');
        await eventually(
          async () => {
            expect(second.said()).not.toContain('Error');
            expect((await effects(database)).length).toBeGreaterThanOrEqual(KEYS.length);
            expect(new Set(await outgoing(room)).size).toBe(KEYS.length);
            expect(await waiting(database)).toBe(0);
          },
          { timeoutMs: TAKE_OVER_MAX_MS },
        );
        expect(await effects(database)).toEqual(KEYS);
        // What was appended and not yet deleted is appended again, in order and whole; nothing else is.
        expect((await outgoing(room)).slice(before.length).sort()).toEqual(KEYS);
      }),
  );
});

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function effects({ url }: TestDatabase): Promise<string[]> {
  const rows = await query<{ key: string }>(url, 'SELECT key FROM stage.effect');
  return rows.map(({ key }) => key).sort();
}

async function waiting({ url }: TestDatabase): Promise<number> {
  return (await query(url, 'SELECT FROM stage.outbox')).length;
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
