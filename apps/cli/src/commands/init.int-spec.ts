import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { TOPICS } from '#contracts';
import { backends, freshDatabase, type TestDatabase } from '#testing';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const LOADER = new URL('../../../../libs/testing/src/typescript-loader.mjs', import.meta.url).href;

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'touchline-init-'));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** As an init container runs it: secrets in files. */
async function init(environment: Record<string, string> = {}) {
  await writeFile(join(folder, 'url'), `${database.url}\n`);
  await writeFile(join(folder, 'secret'), 'a secret for tests of thirty-two characters\n');
  const child = spawn(process.execPath, ['--import', LOADER, MAIN, 'init', '--json'], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL_FILE: join(folder, 'url'),
      TOUCHLINE_SECRET_FILE: join(folder, 'secret'),
      TOUCHLINE_DATA_DIR: join(folder, 'none'),
      ...environment,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, said, last: said.trimEnd().split('\n').at(-1) ?? '' };
}

/** The broker of this run when there is one, else the embedded log. */
function log(): Record<string, string> {
  const { kafkaBrokers } = backends();
  if (kafkaBrokers.length === 0) return {};
  return {
    TOUCHLINE_LOG: 'kafka',
    KAFKA_BROKERS: kafkaBrokers.join(','),
    KAFKA_TOPIC_PREFIX: `t${randomBytes(5).toString('hex')}.`,
  };
}

describe('touchline init', () => {
  it('makes topics and the tables of all services, and the same again is no harm', async () => {
    const where = log();
    for (const _ of ['first', 'again']) {
      const { code, last, said } = await init(where);
      expect({ code, said }).toMatchObject({ code: 0 });
      expect(JSON.parse(last)).toMatchObject({
        topics: TOPICS.length,
        schemas: ['ingestion', 'identity', 'journey', 'metrics'],
      });
    }
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ schema: string }>(
      `SELECT table_schema AS schema FROM information_schema.tables
       WHERE table_name = 'consumer_offset' ORDER BY table_schema`,
    );
    await client.end();
    expect(rows.map(({ schema }) => schema)).toEqual([
      'identity',
      'ingestion',
      'journey',
      'metrics',
    ]);
  }, 60_000);

  it('ends with 78 and the sentence when a secret cannot be read', async () => {
    const { code, said } = await init({ DATABASE_URL_FILE: '/nowhere/url' });
    expect({ code, said }).toMatchObject({
      code: 78,
      said: expect.stringMatching(
        /DATABASE_URL_FILE names a file that cannot be read/,
      ) as unknown as string,
    });
  }, 60_000);

  it('says a fault of its configuration once, as its result', async () => {
    const { code, said } = await init({ TOUCHLINE_LOG: 'paper' });
    expect({ code, error: (JSON.parse(said) as { error: object }).error }).toEqual({
      code: 78,
      error: { code: 'configuration', detail: expect.stringContaining('TOUCHLINE_LOG') },
    });
  });
});
