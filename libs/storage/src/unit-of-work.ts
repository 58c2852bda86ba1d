import type { LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import type { Transaction } from './transaction.js';

/** What a batch leaves behind beside its rows. */
export interface BatchEffect {
  /** Appended to the log by the relay after the commit, in this order. */
  readonly outgoing: readonly OutgoingRecord[];
  /** Records of the batch that could not be read: set aside in the same transaction (cheaper than throwing one by one). */
  readonly deadLetters?: readonly DeadLetter[];
  /** Called once the effect is committed, for what counts effects: `work` itself may run more than once. */
  readonly committed?: () => void;
}

/** A record that cannot be handled: undecodable or invalid. */
export interface DeadLetter {
  readonly record: LogRecord;
  readonly code: string;
  readonly detail: string;
}

/** Leaves out what must not be kept, in the transaction that sets the rest aside. */
export type DeadLetterScreen = (
  transaction: Transaction,
  letters: readonly DeadLetter[],
) => Promise<readonly DeadLetter[]>;

/**
 * The one way to change a service's tables. Lock order everywhere: offsets, filings, profiles, facts, buckets, each sorted.
 * Serialisation failures and deadlocks (40001, 40P01) run the work again, so `work` must not keep state outside.
 */
export abstract class UnitOfWork {
  /** A transaction of its own (HTTP calls, sweeps). `work` may be run more than once. */
  abstract run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;

  /** Like run, and whatever `work` returns as `outgoing` goes to the outbox in the same transaction. */
  abstract publish<Result>(
    work: (
      transaction: Transaction,
    ) => Promise<{ result: Result; outgoing: readonly OutgoingRecord[] }>,
  ): Promise<Result>;

  /**
   * The exactly-once effect of a batch, in one transaction: locks the offset rows (sorted), drops records below `next`,
   * runs `work` on the rest, writes one outbox row, advances the offsets, commits. When `work` throws a non-retriable error
   * the batch is split until the offending record is alone; that one is dead-lettered and its neighbours go through.
   * A thrown {@link PoisonRecord} names the record: it is set aside at once and the work runs again without it.
   * Retriable faults are thrown to the caller: the log hands the batch over again.
   * A batch that `redelivers` moves no offset: its dead letter goes in the same transaction, and whatever fails is thrown.
   */
  abstract consume(
    batch: RecordBatch,
    work: (transaction: Transaction, records: readonly LogRecord[]) => Promise<BatchEffect>,
  ): Promise<void>;

  /** Where a subscription starts (for `SubscribeOptions.startAt`). */
  abstract startAt(
    group: string,
    partitions: readonly { topic: string; partition: number }[],
    incarnation: string,
  ): Promise<readonly (number | undefined)[]>;

  /** What `consume` sets aside from now on is shown to `screen` first. */
  screenDeadLetters(screen: DeadLetterScreen): void {
    void screen;
  }

  /** `epoch × 2^40 + counter`: compose a revision from a per-entity counter with the current epoch of this database. */
  abstract revision(counter: number): number;

  /** One reading statement; several that must agree belong in `run`. */
  read<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<Row[]> {
    return this.run((transaction) => transaction.query<Row>(sql, parameters));
  }
}
