import type { DataSource } from 'typeorm';
import { Fault } from '#kernel';
import {
  dataSourceOf,
  ensureSchema,
  outliveConnections,
  poolOf,
  whileLocked,
} from './connection.js';
import { Epoch } from './epoch.js';
import { OutboxSignal } from './outbox/outbox-signal.js';
import { OutboxReader } from './outbox/outbox-reader.js';
import { Relay } from './outbox/relay.js';
import { PostgresDeadLetters } from './postgres-dead-letters.js';
import { PostgresUnitOfWork } from './postgres-unit-of-work.js';
import { outwards } from './sql-errors.js';
import { Storage } from './storage.js';
import type { OutboxHealth, StorageActivity, StorageOptions } from './storage.js';
import { TransactionRunner } from './transaction-runner.js';

const DRAIN_TIMEOUT_MS = 30_000;

export class PostgresStorage extends Storage {
  readonly schema: string;
  readonly unitOfWork: PostgresUnitOfWork;
  readonly deadLetters: PostgresDeadLetters;
  private readonly epoch: Epoch;
  private readonly outboxReader: OutboxReader;
  private readonly relay: Relay;
  private readonly runner: TransactionRunner;

  private constructor(
    private readonly options: StorageOptions,
    readonly dataSource: DataSource,
  ) {
    super();
    const runner = new TransactionRunner(dataSource);
    this.runner = runner;
    this.schema = options.schema;
    const signal = new OutboxSignal(runner, options.schema);
    this.epoch = new Epoch(runner);
    this.outboxReader = new OutboxReader(runner);
    this.deadLetters = new PostgresDeadLetters(runner);
    this.unitOfWork = new PostgresUnitOfWork({ runner, signal, epoch: this.epoch });
    this.relay = new Relay(options, signal, (transaction, letters) =>
      this.unitOfWork.screened(transaction, letters),
    );
  }

  static async open(options: StorageOptions): Promise<PostgresStorage> {
    try {
      await ensureSchema(options);
      const dataSource = await dataSourceOf(options).initialize();
      outliveConnections(dataSource);
      const storage = new PostgresStorage(options, dataSource);
      await storage.epoch.load();
      return storage;
    } catch (error) {
      throw outwards(error);
    }
  }

  async migrate(): Promise<void> {
    await whileLocked(this.options, () => this.dataSource.runMigrations());
    await this.epoch.load();
  }

  startRelay(): void {
    this.relay.start();
  }

  async drained(timeoutMs = DRAIN_TIMEOUT_MS): Promise<void> {
    if (await this.outboxReader.isEmptyWithin(timeoutMs)) return;
    const { rows, error } = await this.outbox();
    throw new Fault(
      'unavailable',
      `${rows} outbox rows wait after ${timeoutMs} ms: ${error ?? 'no error'}`,
      {
        retriable: true,
      },
    );
  }

  async outbox(): Promise<OutboxHealth> {
    const { rows, ageMs } = await this.outboxReader.size();
    const error = this.relay.error();
    return error === undefined ? { rows, ageMs } : { rows, ageMs, error };
  }

  activity(): StorageActivity {
    return {
      pool: poolOf(this.dataSource),
      repeats: this.runner.repeats,
      relay: this.relay.activity(),
    };
  }

  async bumpEpoch(): Promise<number> {
    return this.epoch.bump();
  }

  async close(): Promise<void> {
    await this.relay.stop();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
