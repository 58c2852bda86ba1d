import { afterAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { acceptedRecord, interaction, logRecordsToBatch } from './builders.js';
import { freshDatabase, templateDatabase } from './database.js';
import { assertNoConnections } from './leak-guard.js';
import { testLogs } from './test-logs.js';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('a template database', () => {
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closers.splice(0)) await close();
  });

  test('is migrated once and copied; copies do not see each other', async () => {
    let migrations = 0;
    const template = await templateDatabase('stamps', async (url) => {
      migrations++;
      await ask(url, 'CREATE TABLE stamp (n int); INSERT INTO stamp VALUES (1)');
    });
    const [one, two] = [await template.copy(), await template.copy()];
    closers.push(one.close, two.close, template.close);
    await ask(one.url, 'INSERT INTO stamp VALUES (2)');
    expect(await ask(one.url, 'SELECT count(*)::int AS n FROM stamp')).toEqual([{ n: 2 }]);
    expect(await ask(two.url, 'SELECT count(*)::int AS n FROM stamp')).toEqual([{ n: 1 }]);
    expect(migrations).toBe(1);
  });
});

describe('the leak guard', () => {
  test('names a connection that was left open, and is content when it is closed', async () => {
    const database = await freshDatabase();
    const forgotten = new Client({ connectionString: database.url, application_name: 'forgotten' });
    await forgotten.connect();
    await expect(assertNoConnections(database.url, 100)).rejects.toThrow(/forgotten/);
    await forgotten.end();
    await assertNoConnections(database.url);
    await database.close();
  });
});

describe.each(testLogs())('the test log on $name', ({ open }) => {
  test('takes built records and gives them back as they were built', async () => {
    const { log, close } = await open();
    const record = acceptedRecord(interaction({ id: 'a' }));
    const { topic } = record;
    await log.ensureTopics([
      { name: topic, partitions: 1, isCompacted: false, retentionMs: 60_000 },
    ]);
    await log.append([record]);
    const [read] = await log.read({ topic, partition: 0, from: 0, max: 10 });
    const { appendedAt: _, ...sent } = record;
    expect(read).toMatchObject(sent);
    await close();
  });
});

test('a batch numbers the records of each partition', () => {
  const records = [0, 1, 0].map((partition) => acceptedRecord(interaction(), { partition }));
  const batch = logRecordsToBatch(records, { from: 5 });
  expect(batch.records.map(({ partition, offset }) => [partition, offset])).toEqual([
    [0, 5],
    [1, 5],
    [0, 6],
  ]);
});
