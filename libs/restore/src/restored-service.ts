import type { ServiceName } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import type { Transaction } from '#storage';
import type { Told } from './told.js';

export interface OutputTopic {
  readonly topic: string;
  /** Services whose offsets tell what was in the log at the moment of the backup. None: it is read from its start. */
  readonly readBy: readonly ServiceName[];
}

/** Where a service takes back what a lost life of it said. */
export interface Desk {
  /** Of its schema. */
  readonly transaction: Transaction;
  /** The newest that the restored rows may have used. */
  readonly epochBefore: number;
  /** The one that everything is said in from now on. */
  readonly epoch: number;
  /** ms */
  readonly now: number;
}

/** Something that people asked for and that is gone with the lost life. */
export interface LostCall {
  readonly tenant: string;
  readonly cause: string;
  /** Id of the call, version of the rules. */
  readonly ref: string;
}

export interface TakenBack {
  readonly outgoing: readonly OutgoingRecord[];
  readonly calls?: readonly LostCall[];
}

/** One service as a restore finds it: what it had published, and how it says again what its tables hold. */
export interface RestoredService {
  readonly schema: ServiceName;
  readonly outputs: readonly OutputTopic[];
  /** The keys that a record of an output speaks of. */
  tell(record: LogRecord): readonly Told[];
  /** Told again in the new epoch: what of these keys was lost. Rows that the log knows better are put right. */
  takeBack(desk: Desk, told: readonly Told[]): Promise<TakenBack>;
  /**
   * Records that are sent at once, and again when all else was: they show the new epoch to whoever restores a backup next, though
   * this life may never say anything.
   */
  announce?(desk: Desk): Promise<readonly OutgoingRecord[]>;
  /** How many of these records, which others have handled, its tables know nothing of: the others were restored to a later moment. */
  countUnknown?(desk: Desk, records: readonly LogRecord[]): Promise<number>;
}
