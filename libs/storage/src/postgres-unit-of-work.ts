import type { OutgoingRecord, RecordBatch, TopicPartition } from '#event-log';
import { BatchConsumption, type BatchWork } from './batch-consumption.js';
import { readOffsets } from './consumer-offsets.js';
import type { Epoch } from './epoch.js';
import type { OutboxSignal } from './outbox/outbox-signal.js';
import { writeOutbox } from './outbox/outbox-writer.js';
import { redeliver } from './redelivery.js';
import type { Transaction } from './transaction.js';
import type { TransactionRunner } from './transaction-runner.js';
import { UnitOfWork } from './unit-of-work.js';
import type { DeadLetter, DeadLetterScreen } from './unit-of-work.js';

export interface UnitOfWorkParts {
  readonly runner: TransactionRunner;
  readonly signal: OutboxSignal;
  readonly epoch: Epoch;
}

export class PostgresUnitOfWork extends UnitOfWork {
  private screen: DeadLetterScreen | undefined;

  constructor(private readonly parts: UnitOfWorkParts) {
    super();
  }

  override screenDeadLetters(screen: DeadLetterScreen): void {
    this.screen = screen;
  }

  /** Of letters of this schema, those that may be kept. */
  async screened(
    transaction: Transaction,
    letters: readonly DeadLetter[],
  ): Promise<readonly DeadLetter[]> {
    return this.screen === undefined ? letters : this.screen(transaction, letters);
  }

  async run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.parts.runner.run(work);
  }

  async publish<Result>(
    work: (
      transaction: Transaction,
    ) => Promise<{ result: Result; outgoing: readonly OutgoingRecord[] }>,
  ): Promise<Result> {
    const done = await this.parts.runner.run(async (transaction) => {
      const effect = await work(transaction);
      await writeOutbox(transaction, effect.outgoing);
      return effect;
    });
    if (done.outgoing.length > 0) this.parts.signal.written();
    return done.result;
  }

  async consume(batch: RecordBatch, work: BatchWork): Promise<void> {
    if (batch.redelivers !== undefined) return this.redeliver(batch, batch.redelivers, work);
    const consumption = new BatchConsumption(this.parts.runner, batch, {
      work,
      screen: (transaction, letters) => this.screened(transaction, letters),
    });
    try {
      await consumption.consume();
    } finally {
      if (consumption.hasWritten) this.parts.signal.written();
    }
  }

  private async redeliver(
    { records }: RecordBatch,
    letterId: number,
    work: BatchWork,
  ): Promise<void> {
    const { hasWritten, committed } = await this.parts.runner.run((transaction) =>
      redeliver(transaction, { letterId, work, records }),
    );
    if (hasWritten) this.parts.signal.written();
    committed?.();
  }

  async startAt(
    group: string,
    partitions: readonly TopicPartition[],
    incarnation: string,
  ): Promise<readonly (number | undefined)[]> {
    const read = this.parts.runner.read.bind(this.parts.runner);
    return readOffsets(read, { group, incarnation }, partitions);
  }

  revision(counter: number): number {
    return this.parts.epoch.revision(counter);
  }

  override async read<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    return this.parts.runner.read<Row>(sql, parameters);
  }
}
