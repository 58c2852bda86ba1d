import type { Transaction } from '#storage';
import type { ProfileState } from '../../domain/profile.js';
import type { Entry } from '../../domain/timeline.js';
import type { FactRef, Portrait, ProfileRef, StoredCheckpoint } from '../ports.js';

/** A profile to be gone through, or one that is no more and still has facts. */
export interface PagedProfile extends ProfileRef {
  /** Rows of its timeline, up to the maximum that was asked for. */
  readonly rows: number;
}

/** A live row, with what its columns say that it counts in. */
export interface ClassifiedEntry {
  readonly entry: Entry;
  readonly factIds: readonly string[];
  readonly isSequential: boolean;
}

/** What a replay reads and puts right beside the stores of a batch. A fixed few statements a call. */
export abstract class ReplayStore {
  abstract countProfiles(transaction: Transaction, tenant: string): Promise<number>;
  /** The next ones, in order of their keys. `after`: a key, or empty. */
  abstract page(
    transaction: Transaction,
    after: { readonly tenant: string; readonly after: string },
    max: { readonly profiles: number; readonly rows: number },
  ): Promise<PagedProfile[]>;
  /** Those that there are, locked; it waits for batches that hold them. */
  abstract lock(transaction: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]>;
  abstract portraits(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<(Portrait & { readonly body: Buffer })[]>;
  abstract liveRows(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<ClassifiedEntry[]>;
  /** Writes what the rows count in. */
  abstract classify(transaction: Transaction, rows: readonly ClassifiedEntry[]): Promise<void>;
  /** Keyed facts that stand under these profiles. */
  abstract keyedFacts(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<FactRef[]>;
  /** Of these keyed facts, those whose deadline has passed and not fired. */
  abstract overdue(
    transaction: Transaction,
    facts: readonly FactRef[],
    watermark: number,
  ): Promise<FactRef[]>;
  /** Makes these the checkpoints of the profiles; a row that is one of them already is not written. */
  abstract keepCheckpoints(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void>;
}
