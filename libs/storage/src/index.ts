export { DatabaseLocation } from './database-location.js';
export { DeadLetters } from './dead-letters.js';
export type { DeadLetterQuery, StoredDeadLetter } from './dead-letters.js';
export { ErasureTables1700000000001 } from './migrations/erasure-tables.js';
export { ExpiredNames1700000000003 } from './migrations/expired-names.js';
export { ReplayTable1700000000002 } from './migrations/replay-table.js';
export { OUTBOX_GROUP } from './outbox/outbox-sender.js';
export { reachDatabase } from './connection.js';
export { holdServices } from './hold-services.js';
export { openStorage } from './open-storage.js';
export { writeOutbox } from './outbox/outbox-writer.js';
export { patiently } from './patiently.js';
export { PoisonRecord } from './poison-record.js';
export { startEmbeddedPostgres } from './embedded/start-embedded-postgres.js';
export type {
  EmbeddedPostgres,
  EmbeddedPostgresOptions,
} from './embedded/start-embedded-postgres.js';
export { entityManagerOf } from './query-runner-transaction.js';
export { withSnapshot } from './snapshot.js';
export type { Snapshot, SnapshotReader } from './snapshot.js';
export { Storage } from './storage.js';
export type {
  EntityClass,
  MigrationClass,
  OutboxHealth,
  RelayActivity,
  StorageActivity,
  StorageOptions,
} from './storage.js';
export { storageProviders } from './storage.providers.js';
export type { ServiceSchema } from './storage.providers.js';
export type { Transaction } from './transaction.js';
export { triedOut } from './tried-out.js';
export { UnitOfWork } from './unit-of-work.js';
export type { BatchEffect, DeadLetter, DeadLetterScreen } from './unit-of-work.js';
export { withWholeDatabase } from './whole-database.js';
export type { WholeDatabase } from './whole-database.js';
