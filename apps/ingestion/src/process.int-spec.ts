import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventually, freshDatabase, type TestDatabase } from '#testing';
import { interaction } from './running-ingestion.fixture.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const LOADER = new URL('../../../libs/testing/src/typescript-loader.mjs', import.meta.url).href;
const START_MAX_MS = 30_000;

let database: TestDatabase;
let dataDir: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'touchline-process-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  /** What it has said so far. */
  said(): string;
}

function run(environment: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['--import', LOADER, MAIN], {
    env: {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: 'a secret for tests of thirty-two characters',
      TOUCHLINE_DATA_DIR: dataDir,
      PORT: '0',
      ...environment,
    },
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exit, said: () => text };
}

async function addressOf({ said }: Running): Promise<string> {
  return eventually(
    () => {
      const url = /listens on (\S+)/.exec(said())?.[1];
      if (url === undefined) throw new Error(`not listening yet: ${said()}`);
      return url;
    },
    { timeoutMs: START_MAX_MS },
  );
}

describe('the process', () => {
  it('names all faults of its configuration and exits with 78', async () => {
    const process = run({ TOUCHLINE_LOG: 'kafka', PORT: 'http', TOUCHLINE_PRINT_KEYS: 'maybe' });
    expect(await process.exit).toBe(78);
    for (const name of ['KAFKA_BROKERS', 'PORT', 'TOUCHLINE_PRINT_KEYS'])
      expect(process.said()).toContain(`- ${name} must`);
  });

  it('shows its first keys once, works, and stops with 0 when asked', async () => {
    const first = run();
    const url = await addressOf(first);
    const key = /write +(tl_write_\S+)/.exec(first.said())?.[1] ?? '';
    const admin = /admin +(tl_admin_\S+)/.exec(first.said())?.[1] ?? '';
    const post = (path: string, bearer: string, body: unknown): Promise<Response> =>
      fetch(url + path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      });
    await post('/v1/sources', admin, { source: 'webshop' });
    const planted = [{ type: 'email', value: 'canary@example.com' }];
    expect(
      (await post('/v1/interactions', key, [interaction({ identifiers: planted }), 5])).status,
    ).toBe(202);
    expect(
      (
        await post(
          '/v1/interactions',
          key,
          interaction({ identifiers: planted, channel: 'canary@example.com' }),
        )
      ).status,
    ).toBe(422);
    await eventually(async () => {
      const { rows } = await query('SELECT 1 FROM ingestion.rejection');
      expect(rows).toHaveLength(2);
    });
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    expect(first.said()).not.toContain('canary');

    const second = run();
    await addressOf(second);
    second.child.kill('SIGINT');
    expect(await second.exit).toBe(0);
    expect(second.said()).not.toContain('tl_');
  }, 60_000);

  it('exits with 1 when a subscription is dead', async () => {
    const { rowCount } = await query(
      `UPDATE ingestion.consumer_offset SET incarnation = 'another log'`,
    );
    expect(rowCount).toBeGreaterThan(0);
    const process = run({ LOG_LEVEL: 'error' });
    expect(await process.exit).toBe(1);
    expect(process.said()).toMatch(/incarnation|another log/);
  }, 60_000);
});

async function query(sql: string): Promise<{ rows: unknown[]; rowCount: number | null }> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
