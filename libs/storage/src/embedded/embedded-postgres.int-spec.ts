import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startEmbeddedPostgres } from './start-embedded-postgres.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'touchline-embedded-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function killServer(): Promise<number> {
  const pid = Number((await readFile(join(dir, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  return pid;
}

describe('the embedded Postgres', () => {
  test('keeps its data across a stop and a start', async () => {
    const first = await startEmbeddedPostgres({ dir });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await startEmbeddedPostgres({ dir });
    expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  }, 90_000);

  test('keeps committed rows through a kill −9 of the server and starts over its stale lock file', async () => {
    const first = await startEmbeddedPostgres({ dir });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await killServer();
    await first.stop();

    const second = await startEmbeddedPostgres({ dir });
    expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  }, 90_000);

  test('takes over from a process that died and left its server running', async () => {
    const orphaned = await startEmbeddedPostgres({ dir });
    await ask(orphaned.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await writeFile(join(dir, 'owner.pid'), '999999999');

    const next = await startEmbeddedPostgres({ dir });
    expect(await ask(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await expect(ask(orphaned.url, 'SELECT 1')).rejects.toThrow();
    await next.stop();
    await orphaned.stop();
  }, 90_000);

  test('starts in a folder that only we may enter', async () => {
    await chmod(dir, 0o700);
    const closed = join(dir, 'inner');
    const postgres = await startEmbeddedPostgres({ dir: closed });
    expect(await ask(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await postgres.stop();
  }, 90_000);

  test('starts again when another process has got the id of the one that died', async () => {
    const first = await startEmbeddedPostgres({ dir });
    await writeFile(join(dir, 'owner.pid'), `${process.pid} an-earlier-boot/1`);
    const second = await startEmbeddedPostgres({ dir });
    expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    await first.stop();
  }, 90_000);

  test('refuses a directory that a living process uses', async () => {
    const first = await startEmbeddedPostgres({ dir });
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await ask(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await first.stop();
  }, 90_000);

  test('writes to disk at commit, orders text by code point and plans anew each time', async () => {
    const postgres = await startEmbeddedPostgres({ dir });
    const [row] = await ask(
      postgres.url,
      `SELECT current_setting('fsync') AS fsync, current_setting('plan_cache_mode') AS plan,
              'Z' < 'a' AS "isCodePointOrder", lower('ÄÉ') AS lower, current_setting('listen_addresses') AS listen`,
    );
    expect(row).toEqual({
      fsync: 'on',
      plan: 'force_custom_plan',
      isCodePointOrder: true,
      lower: 'äé',
      listen: '127.0.0.1',
    });
    await postgres.stop();
  }, 90_000);
});
