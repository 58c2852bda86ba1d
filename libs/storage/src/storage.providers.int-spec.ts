import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Injectable, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Pool } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { EventLog } from '#event-log';
import { assertNoConnections, freshDatabase } from '#testing';
import type { TestDatabase } from '#testing';
import { DatabaseLocation } from './database-location.js';
import { RecordingLog } from './recording-log.fixture.js';
import { Storage } from './storage.js';
import { storageProviders } from './storage.providers.js';
import { outgoing } from './storage.fixture.js';
import { UnitOfWork } from './unit-of-work.js';

@Entity('tenant')
class TenantEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('bigint')
  revision!: number;
}

class TenantTable1800000000000 implements MigrationInterface {
  readonly name = 'TenantTable1800000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE tenant (id text PRIMARY KEY, revision bigint NOT NULL)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tenant');
  }
}

/** Uses the schema in `onModuleInit`: it must be there by then. */
@Injectable()
class FirstUser implements OnModuleInit {
  schema: string | undefined;

  constructor(private readonly unitOfWork: UnitOfWork) {}

  async onModuleInit(): Promise<void> {
    const [row] = await this.unitOfWork.publish(async (transaction) => ({
      result: await transaction.query<{ schema: string }>('SELECT current_schema() AS schema'),
      outgoing: [outgoing('from init')],
    }));
    this.schema = row?.schema;
  }
}

@Module({
  providers: [
    FirstUser,
    ...storageProviders({
      schema: 'ingestion',
      migrations: [TenantTable1800000000000],
      entities: [TenantEntity],
    }),
  ],
})
class IngestionModule {}

@Module({ providers: [FirstUser, ...storageProviders({ schema: 'identity', migrations: [] })] })
class IdentityModule {}

describe('storage in a Nest app', () => {
  let database: TestDatabase;
  const log = new RecordingLog();
  let app: TestingModule;
  beforeEach(async () => {
    database = await freshDatabase();
    app = await startApp(database.url);
  });
  afterEach(async () => {
    await app.close();
    await assertNoConnections(database.url);
    await database.close();
  });

  async function startApp(url: string) {
    @Module({
      providers: [
        { provide: DatabaseLocation, useValue: { url } },
        { provide: EventLog, useValue: log },
      ],
      exports: [DatabaseLocation, EventLog],
    })
    class InfrastructureModule {}
    const testing = await Test.createTestingModule({
      imports: [{ module: InfrastructureModule, global: true }, IngestionModule, IdentityModule],
    }).compile();
    return testing.init();
  }

  test('is open and migrated before the first onModuleInit, one schema a module, and closes with the app', async () => {
    expect(app.select(IngestionModule).get(FirstUser, { strict: true }).schema).toBe('ingestion');
    expect(app.select(IdentityModule).get(FirstUser, { strict: true }).schema).toBe('identity');

    const storage = app.select(IngestionModule).get<Storage>(Storage, { strict: true });
    await storage.drained();
    expect(log.keys()).toContain('from init');

    const tenants = storage.dataSource.getRepository(TenantEntity);
    await tenants.save({ id: 'default', revision: 7 });
    expect(await tenants.findOneByOrFail({ id: 'default' })).toEqual({
      id: 'default',
      revision: 7,
    });
  });

  test('outlives a connection that is ended between its lending and its first statement', async () => {
    const { driver } = app
      .select(IngestionModule)
      .get<Storage>(Storage, { strict: true }).dataSource;
    const { master } = driver as unknown as { readonly master: Pool };
    const lent = await Promise.all(Array.from({ length: 6 }, () => master.connect()));
    try {
      const [other, newest] = [lent[0], lent.at(-1)];
      if (!other || !newest) throw new Error('nothing was lent');
      const { rows } = await newest.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const ended = new Promise((resolve) => newest.once('end', () => resolve(undefined)));
      await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await expect(newest.query('SELECT 1')).rejects.toThrow(/not queryable/u);
    } finally {
      for (const client of lent) client.release(true);
    }
  });

  test('waits for a database that does not answer yet', async () => {
    await app.close();
    const late = await lateDoor(database.url);
    try {
      app = await startApp(late.url);
      expect(late.refused()).toBe(1);
      const { schema } = app.select(IngestionModule).get(FirstUser, { strict: true });
      expect(schema).toBe('ingestion');
      await app.close();
    } finally {
      late.close();
    }
  });
});

/** The way to a database that hangs up on the first who comes. */
async function lateDoor(
  databaseUrl: string,
): Promise<{ url: string; refused: () => number; close: () => void }> {
  const url = new URL(databaseUrl);
  const behind = { host: url.hostname, port: Number(url.port) };
  let refused = 0;
  const server = createServer((socket) => {
    if (refused === 0) {
      refused += 1;
      socket.destroy();
      return;
    }
    const onward = connect(behind);
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: url.href, refused: () => refused, close: () => server.close() };
}
