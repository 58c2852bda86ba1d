import type { DataSource, EntitySchema, MigrationInterface } from 'typeorm';
import type { EventLog } from '#event-log';
import type { DeadLetters } from './dead-letters.js';
import type { UnitOfWork } from './unit-of-work.js';

/** A TypeORM migration class with SQL; unqualified names, because `search_path` is the schema of the service. */
export type MigrationClass = new () => MigrationInterface;

/** A TypeORM entity class. Entities must not import each other. */
export type EntityClass = Function | EntitySchema;

export interface StorageOptions {
  readonly databaseUrl: string;
  /** Named like the service. Made when missing; every connection has it as its only `search_path`. */
  readonly schema: string;
  /** Beside the shared tables (offsets, outbox, dead letters, epoch), which always come first. */
  readonly migrations: readonly MigrationClass[];
  readonly entities?: readonly EntityClass[];
  /** Where the relay appends. */
  readonly log: EventLog;
  /** Connections of the pool (default 8). The relay has one more. */
  readonly poolSize?: number;
}

export interface OutboxHealth {
  /** Batches that wait for the relay. */
  readonly rows: number;
  /** Age of the oldest, ms; 0 when none waits. */
  readonly ageMs: number;
  /** The last error of this process's relay, while it lasts. */
  readonly error?: string;
}

/** What this process knows of itself without asking the database. Counts grow from its start. */
export interface StorageActivity {
  readonly pool: {
    readonly open: number;
    readonly idle: number;
    /** Callers that wait for a connection. */
    readonly waiting: number;
    readonly max: number;
  };
  /** Transactions run again after a deadlock or a serialisation failure. */
  readonly repeats: number;
  readonly relay: RelayActivity;
}

export interface RelayActivity {
  /** Sends the outbox of this schema; of all processes at most one does. */
  readonly isLeading: boolean;
  /** Outbox rows that went. */
  readonly batches: number;
  /** Terms that ended with an error. */
  readonly failures: number;
}

/** The door to one service's schema. Also its injection token. */
export abstract class Storage {
  /** Named like the service. */
  abstract readonly schema: string;
  abstract readonly unitOfWork: UnitOfWork;
  abstract readonly dataSource: DataSource;
  abstract readonly deadLetters: DeadLetters;
  /** Brings the schema up to date. Safe to call from several processes at once. */
  abstract migrate(): Promise<void>;
  /** Starts (or stands by for) the relay of this schema. Call it once the topics exist. */
  abstract startRelay(): void;
  /** Resolves when the outbox is empty. Needs a relay somewhere. */
  abstract drained(timeoutMs?: number): Promise<void>;
  abstract outbox(): Promise<OutboxHealth>;
  abstract activity(): StorageActivity;
  /** After a restored backup, with the services stopped: later revisions are higher than any given out before. */
  abstract bumpEpoch(): Promise<number>;
  abstract close(): Promise<void>;
}
