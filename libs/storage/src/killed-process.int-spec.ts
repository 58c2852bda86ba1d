import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
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

describe.each(kinds)('a process killed in the middle of a batch, log on %s', (kind) => {
  let database: TestDatabase;
  let config: EventLogConfig;
  let log: EventLog;
  let children: ChildProcess[];
  beforeEach(async () => {
    children = [];
    database = await freshDatabase();
    const topicPrefix = `t${randomBytes(5).toString('hex')}.`;
    config =
      kind === 'postgres'
        ? { kind, databaseUrl: database.url }
        : { kind, brokers: kafkaBrokers, topicPrefix, sessionTimeoutMs: 6_000 };
    log = await openEventLog(config);
    const topic = { partitions: 1, isCompacted: false, retentionMs: 86_400_000 };
    await log.ensureTopics([
      { ...topic, name: IN },
      { ...topic, name: OUT },
    ]);
    await log.append(KEYS.map((key) => ({ topic: IN, key, headers: {}, value: Buffer.from(key) })));
  });
  afterEach(async () => {
    const exits = children
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((child) => kill(child));
    await Promise.all(exits);
    await log.close();
    await database.close();
  });

  function start(haltAt: HaltAt): { readonly child: ChildProcess; said(): string } {
    const given = JSON.stringify({ databaseUrl: database.url, log: config, haltAt });
    const child = spawn(process.execPath, ['--import', LOADER, WORKER, given], { env: {} });
    children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, said: () => text };
  }

  async function outgoing(): Promise<string[]> {
    const records = await log.read({ topic: OUT, partition: 0, from: 0, max: 1_000 });
    return records.map(({ key }) => key);
  }

  it.each(['inside', 'committed', 'appended'] as const)(
    '%s: the next one takes over, and every record has its effect once',
    async (haltAt) => {
      const first = start(haltAt);
      await eventually(() => expect(first.said()).toContain('halted'), {
        timeoutMs: TAKE_OVER_MAX_MS,
      });
      await kill(first.child);
      const before = await outgoing();
      expect(before.length > 0).toBe(haltAt === 'appended');

      const second = start('never');
      await eventually(
        async () => {
          expect(second.said()).not.toContain('Error');
          expect((await effects(database)).length).toBeGreaterThanOrEqual(KEYS.length);
          expect(new Set(await outgoing()).size).toBe(KEYS.length);
          expect(await waiting(database)).toBe(0);
        },
        { timeoutMs: TAKE_OVER_MAX_MS },
      );
      expect(await effects(database)).toEqual(KEYS);
      // What was appended and not yet deleted is appended again, in order and whole; nothing else is.
      expect((await outgoing()).slice(before.length).sort()).toEqual(KEYS);
    },
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
