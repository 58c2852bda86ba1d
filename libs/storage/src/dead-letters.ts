import type { LogRecord } from '#event-log';
import type { Transaction } from './transaction.js';

/**
 * A record that could not be handled, kept with its bytes, cause and position. In group `outbox` it is one that the log
 * refused: it has no place in the log, so its offset is the outbox row, its partition the index in that row.
 */
export interface StoredDeadLetter {
  readonly id: number;
  readonly group: string;
  readonly code: string;
  readonly detail: string;
  /** When it was set aside, ms. */
  readonly storedAt: number;
  readonly record: LogRecord;
}

export interface DeadLetterQuery {
  /** Only those older than this id (paging: the last id of the page before). */
  readonly before?: number;
  /** At most 1,000 (default 100). */
  readonly limit?: number;
}

/** Read side of the dead-letter store of one schema. Newest first. */
export abstract class DeadLetters {
  abstract list(query?: DeadLetterQuery): Promise<StoredDeadLetter[]>;
  abstract get(id: number): Promise<StoredDeadLetter | undefined>;
  abstract count(): Promise<number>;
  /** In the transaction that makes up for it; false when it is gone already. */
  abstract remove(transaction: Transaction, id: number): Promise<boolean>;
  /** Deletes those that match, in pages of at most 500. Answers how many. */
  abstract erase(matches: (letter: StoredDeadLetter) => boolean): Promise<number>;
}
