import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { FixedClock } from '#kernel';
import { freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { lagOf, numbered, readAll, record, uniqueName } from '../contract/log-harness.fixture.js';
import { eventLogContract } from '../event-log.contract.js';
import { openPostgresLog } from './postgres-log.js';
import type { PostgresLog } from './postgres-log.js';

eventLogContract('postgres', async () => {
  const database = await freshDatabase();
  const options = { url: database.url, leaseMs: 2_000, maintainEveryMs: 0 };
  const log = await openPostgresLog(options);
  return {
    log,
    openAnother: () => openPostgresLog(options),
    expire: () => log.maintain(Date.now() + 365 * 86_400_000),
    close: async () => {
      await log.close();
      await database.close();
    },
  };
});

describe('retention and compaction of the embedded log', () => {
  const clock = new FixedClock(1_000_000);
  let database: TestDatabase;
  let log: PostgresLog;

  beforeAll(async () => {
    database = await freshDatabase();
    log = await openPostgresLog({ url: database.url, clock, maintainEveryMs: 0 });
  });
  afterAll(async () => {
    await log.close();
    await database.close();
  });

  async function newTopic(isCompacted: boolean): Promise<string> {
    const name = uniqueName('kept');
    await log.ensureTopics([{ name, partitions: 1, isCompacted, retentionMs: 1_000 }]);
    return name;
  }

  it('removes records past the retention of their topic, from the oldest on; offsets stay', async () => {
    const topic = await newTopic(false);
    const start = clock.now();
    await log.append(numbered(topic, 6_000, () => 'one'));
    clock.advance(900);
    await log.append(numbered(topic, 3, () => 'one', 6_000));
    await log.maintain(start + 1_000);
    expect(await log.ranges([topic])).toEqual([{ topic, partition: 0, earliest: 0, next: 6_003 }]);
    await log.maintain(start + 1_001);
    expect(await log.ranges([topic])).toEqual([
      { topic, partition: 0, earliest: 6_000, next: 6_003 },
    ]);
    expect((await readAll(log, topic)).map(({ offset }) => offset)).toEqual([6_000, 6_001, 6_002]);
    expect(
      (await log.read({ topic, partition: 0, from: 0, max: 9 })).map(({ offset }) => offset),
    ).toEqual([6_000, 6_001, 6_002]);
    await log.append([record(topic, 'one', '6003')]);
    expect((await readAll(log, topic)).at(-1)?.offset).toBe(6_003);
  });

  it('keeps the newest record of a key, and a tombstone as long as the retention', async () => {
    const topic = await newTopic(true);
    await log.append([record(topic, 'a', '1'), record(topic, 'b', '2'), record(topic, 'a', '3')]);
    await log.append([{ topic, key: 'b', headers: { ce_revision: '9' }, value: null }]);
    const deletedAt = clock.now();
    await log.maintain(deletedAt + 1_000);
    const kept = await readAll(log, topic);
    expect(kept.map(({ key, offset, value }) => [key, offset, value?.toString() ?? null])).toEqual([
      ['a', 2, '3'],
      ['b', 3, null],
    ]);
    expect(kept[1]?.headers).toEqual({ ce_revision: '9' });
    await log.maintain(deletedAt + 1_001);
    expect((await readAll(log, topic)).map(({ key }) => key)).toEqual(['a']);
    expect(await log.ranges([topic])).toEqual([{ topic, partition: 0, earliest: 0, next: 4 }]);
  });

  it('finds what was superseded after an earlier compaction', async () => {
    const topic = await newTopic(true);
    await log.append([record(topic, 'a', '1'), record(topic, 'b', '2')]);
    await log.maintain(clock.now());
    await log.append([record(topic, 'a', '3')]);
    await log.maintain(clock.now());
    expect((await readAll(log, topic)).map(({ offset }) => offset)).toEqual([1, 2]);
  });

  it('passes over the gaps of compaction, also when everything is gone', async () => {
    const topic = await newTopic(true);
    await log.append(numbered(topic, 900, () => 'one'));
    await log.append([{ topic, key: 'one', headers: {}, value: null }]);
    await log.maintain(clock.now() + 10_000);
    const seen: number[] = [];
    const subscription = await log.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      batchSizeMax: 10,
      startAt: async () => [3],
      onBatch: async ({ records }) => void seen.push(...records.map(({ offset }) => offset)),
    });
    await subscription.ready();
    await log.append([record(topic, 'two', '1')]);
    while (seen.length === 0 || (await lagOf(subscription)) > 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(seen).toEqual([901]);
  });
});

describe('the embedded log when its database is away', () => {
  it('fails an append as unavailable within 5 s and goes on when the database is back', async () => {
    const database = await freshDatabase();
    const log = await openPostgresLog({ url: database.url, maintainEveryMs: 0 });
    const topic = uniqueName('topic');
    await log.ensureTopics([
      { name: topic, partitions: 1, isCompacted: false, retentionMs: 1_000 },
    ]);
    const blocker = new Client({ connectionString: database.url });
    blocker.on('error', () => undefined);
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE log.partition IN ACCESS EXCLUSIVE MODE');
    const startedAt = performance.now();
    await expect(log.append([record(topic, 'a', '1')])).rejects.toMatchObject({
      code: 'unavailable',
      isRetriable: true,
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await blocker.query('ROLLBACK');
    await blocker.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    await blocker.end();
    await log.append([record(topic, 'a', '2')]).catch(() => log.append([record(topic, 'a', '2')]));
    expect((await readAll(log, topic)).map(({ value }) => value?.toString())).toEqual(['2']);
    await log.close();
    await database.close();
  });
});
