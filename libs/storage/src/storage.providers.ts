import type { Provider } from '@nestjs/common';
import { EventLog } from '#event-log';
import { DatabaseLocation } from './database-location.js';
import { DeadLetters } from './dead-letters.js';
import { openStorage } from './open-storage.js';
import { patiently } from './patiently.js';
import { Storage } from './storage.js';
import type { EntityClass, MigrationClass } from './storage.js';
import { StorageLifecycle } from './storage-lifecycle.js';
import { UnitOfWork } from './unit-of-work.js';

export interface ServiceSchema {
  readonly schema: string;
  readonly migrations: readonly MigrationClass[];
  readonly entities?: readonly EntityClass[];
  readonly poolSize?: number;
}

/**
 * Providers of one service module: `UnitOfWork`, `Storage` and `DeadLetters` of its schema, seen by that module only.
 * The factory opens and migrates, so everything is ready before the first `onModuleInit`; the relay starts when the app
 * has started (topics exist by then), and all closes with the app.
 */
export function storageProviders(service: ServiceSchema): Provider[] {
  return [
    {
      provide: Storage,
      inject: [DatabaseLocation, EventLog],
      useFactory: async (location: DatabaseLocation, log: EventLog): Promise<Storage> => {
        const options = { ...service, databaseUrl: location.url, log };
        const storage = await patiently(() => openStorage(options));
        await storage.migrate();
        return storage;
      },
    },
    {
      provide: UnitOfWork,
      inject: [Storage],
      useFactory: (storage: Storage) => storage.unitOfWork,
    },
    {
      provide: DeadLetters,
      inject: [Storage],
      useFactory: (storage: Storage) => storage.deadLetters,
    },
    {
      provide: StorageLifecycle,
      inject: [Storage],
      useFactory: (storage: Storage) => new StorageLifecycle(storage),
    },
  ];
}
