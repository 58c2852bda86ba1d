import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog } from '#event-log';
import { openStorage, type Storage } from '#storage';
import { freshDatabase, type TestDatabase } from '#testing';
import { INGESTION_ENTITIES } from './entities.js';
import { CreateIngestionTables1760000000001 } from './migrations/create-ingestion-tables.js';
import { LimitKeys1763900000000 } from './migrations/limit-keys.js';

let database: TestDatabase;
let storage: Storage;

beforeAll(async () => {
  database = await freshDatabase();
  storage = await openStorage({
    databaseUrl: database.url,
    schema: 'ingestion',
    migrations: [CreateIngestionTables1760000000001, LimitKeys1763900000000],
    entities: INGESTION_ENTITIES,
    // The relay never starts: nothing is appended.
    log: Object.create(EventLog.prototype) as EventLog,
  });
  await storage.migrate();
});
afterAll(async () => {
  await storage.close();
  await database.close();
});

const differences = async (): Promise<string[]> => {
  const { upQueries } = await storage.dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
};

describe('the entities', () => {
  it('say what the migrations made', async () => {
    expect(await differences()).toEqual([]);
  });

  it.each([
    ['ALTER TABLE source ALTER COLUMN region SET NOT NULL', 'region'],
    ['ALTER TABLE api_key ADD COLUMN forgotten text', 'forgotten'],
    [
      'ALTER TABLE rejection ALTER COLUMN rejection_id TYPE text COLLATE "und-x-icu"',
      'rejection_id',
    ],
    ['DROP INDEX rejection_in_order', 'rejection_in_order'],
  ])('are found stale after %s', async (change, named) => {
    const runner = storage.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(change);
      await runner.commitTransaction();
      expect((await differences()).join()).toContain(named);
    } finally {
      await runner.release();
      await storage.dataSource.undoLastMigration();
      await storage.migrate();
    }
  });
});
