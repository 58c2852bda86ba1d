import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { storageProviders } from '#storage';
import { ProfilesController } from './adapters/http/profiles.controller.js';
import { IdentityConsumer } from './adapters/log/identity.consumer.js';
import { CreateIdentityTables1763769600001 } from './adapters/postgres/migrations/create-identity-tables.js';
import { PostgresIdentityStore } from './adapters/postgres/postgres-identity.store.js';
import { PostgresProfileReader } from './adapters/postgres/profile.reader.js';
import { ExplainProfile } from './application/explain-profile.js';
import { IdentityStore } from './application/ports.js';
import { ProfileReader } from './application/reading-ports.js';
import { ReadProfile } from './application/read-profile.js';
import { ResolveBatch } from './application/resolve-batch.js';
import type { IdentityConfig } from './identity.config.js';

export const IDENTITY_SCHEMA = {
  schema: 'identity',
  migrations: [CreateIdentityTables1763769600001],
};

/** Identifiers, links, profiles, decisions, and the dedupe table. */
@Module({})
export class IdentityModule {
  static register(config: IdentityConfig): DynamicModule {
    return {
      module: IdentityModule,
      controllers: [ProfilesController, IdentityConsumer],
      providers: [
        ...storageProviders({ ...IDENTITY_SCHEMA, poolSize: config.IDENTITY_POOL_SIZE }),
        { provide: IdentityStore, useClass: PostgresIdentityStore },
        { provide: ProfileReader, useClass: PostgresProfileReader },
        ResolveBatch,
        ReadProfile,
        ExplainProfile,
      ],
    };
  }
}
