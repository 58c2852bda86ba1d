/** What identity keeps of how far interactions have been taken away by age. Every method is one statement, or a fixed few. */
import type { Transaction } from '#storage';
import type { WinnerRow } from '../../domain/state.js';

/** Both in ms; 0: never. */
export interface Progress {
  /** What is older stands on the list, or is gone. */
  readonly listedAt: number;
  /** What is older is gone, but for what came late. */
  readonly reachedAt: number;
}

export interface Expiry {
  readonly tenant: string;
  /** ms; what occurred before goes. */
  readonly horizon: number;
}

export interface ExpiringPage {
  /** Taken off the list. */
  readonly listed: number;
  /** Those of them that are still older than the horizon, and filed. */
  readonly winners: readonly WinnerRow[];
}

export abstract class ExpiryStore {
  /** Whether this transaction is the only one that takes away by age, to its end; false: another process is at it. */
  abstract lead(transaction: Transaction): Promise<boolean>;
  abstract progress(transaction: Transaction, tenant: string): Promise<Progress>;
  /** Reads all winners of the tenant once. How many were put on the list, which was empty; at most `limit`. */
  abstract list(
    transaction: Transaction,
    expiry: Expiry & { readonly limit: number },
  ): Promise<number>;
  abstract next(
    transaction: Transaction,
    expiry: Expiry & { readonly limit: number },
  ): Promise<ExpiringPage>;
  abstract advance(transaction: Transaction, tenant: string, progress: Progress): Promise<void>;
}
