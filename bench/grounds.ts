import { mkdtemp, rm, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { openEventLog } from '#event-log';
import { startEmbeddedPostgres } from '#storage';
import type { Ground } from './arm.js';

interface NativeKafka {
  readonly brokers: string;
  stop(): Promise<unknown>;
}

export interface Grounds {
  /** An empty database and names of its own; `leave` drops the database. */
  enter(logKind: Ground['logKind']): Promise<{ ground: Ground; leave(): Promise<void> }>;
  close(): Promise<void>;
}

/** Brings up a durable Postgres (fsync on) and, when asked for, the native broker; both end with the program. */
export async function openGrounds(withKafka: boolean): Promise<Grounds> {
  const dir = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
  const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
  const kafka = withKafka ? await openKafka(join(dir, 'kafka')) : undefined;
  const pids: Record<string, number> = { postgres: await postmasterPid(dir) };
  if (kafka?.pid !== undefined) pids['broker'] = kafka.pid;
  let rounds = 0;
  return {
    enter: async (logKind) => {
      const round = `r${(rounds += 1)}_${process.pid}`;
      const databaseUrl = await makeDatabase(postgres.url, round);
      const brokers = kafka?.brokers ?? [];
      const ground: Ground = {
        logKind,
        brokers,
        databaseUrl,
        pids,
        round,
        openLog: () =>
          logKind === 'kafka'
            ? openEventLog({ kind: 'kafka', brokers })
            : openEventLog({ kind: 'postgres', databaseUrl }),
      };
      return { ground, leave: () => dropDatabase(postgres.url, round) };
    },
    close: async () => {
      await kafka?.stop();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function openKafka(
  dataDir: string,
): Promise<{ brokers: string[]; pid?: number; stop(): Promise<unknown> }> {
  const given = process.env['KAFKA_BROKERS'];
  if (given) return { brokers: given.split(','), stop: async () => undefined };
  const script = pathToFileURL(join(process.cwd(), 'deploy/native/kafka.mjs')).href;
  const { startKafka } = (await import(script)) as {
    startKafka(options: { dataDir: string; heap: string }): Promise<NativeKafka>;
  };
  const kafka = await startKafka({ dataDir, heap: '768m' });
  const state = JSON.parse(await readFile(join(dataDir, 'kafka.json'), 'utf8')) as { pid: number };
  return { brokers: [kafka.brokers], pid: state.pid, stop: () => kafka.stop() };
}

async function postmasterPid(dir: string): Promise<number> {
  const text = await readFile(join(dir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

async function makeDatabase(adminUrl: string, name: string): Promise<string> {
  await admin(adminUrl, `CREATE DATABASE ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await admin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function admin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
