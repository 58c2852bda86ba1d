/** What identity keeps of how far interactions have been taken away by age. Every method is one statement. */
import type { Transaction } from '#storage';
import type { InteractionName } from '../ports.js';

/** A tenant, and up to when. */
export interface Expiry {
  readonly tenant: string;
  /** ms; what occurred before goes. */
  readonly horizon: number;
}

export interface Progress {
  /** ms; what is older stands on the list, or is gone. 0: never. */
  readonly listedAt: number;
  /** ms; what is older is gone, but for what came since. 0: never. */
  readonly reachedAt: number;
  /** Interactions that went, ever. */
  readonly expired: number;
}

/** What a horizon would take. */
export interface Preview {
  readonly interactions: number;
  /** Profiles of which nothing would be left. */
  readonly profiles: number;
  /** `2026-05`, in UTC, from the oldest. */
  readonly months: readonly { readonly month: string; readonly interactions: number }[];
}

export abstract class ExpiryStore {
  /** Whether this transaction alone takes away by age, to its end; false: another process is at it. */
  abstract lead(transaction: Transaction): Promise<boolean>;
  abstract progress(transaction: Transaction, tenant: string): Promise<Progress>;
  abstract advance(transaction: Transaction, tenant: string, progress: Progress): Promise<void>;
  /** Reads all winners of the tenant, and leaves consents out. How many were put on its list, which was empty; at most `limit`. */
  abstract list(
    transaction: Transaction,
    expiry: Expiry & { readonly limit: number },
  ): Promise<number>;
  /** Takes some off the list, those of one profile together. */
  abstract next(
    transaction: Transaction,
    tenant: string,
    limit: number,
  ): Promise<readonly InteractionName[]>;
  /** Those that brought a consent. */
  abstract consents(
    transaction: Transaction,
    names: readonly InteractionName[],
  ): Promise<readonly InteractionName[]>;
  /** How many stand on the list. */
  abstract waiting(transaction: Transaction, tenant: string): Promise<number>;
  /** In the log of calls: the words for those of these identifiers that nothing carries any more. */
  abstract forgetWords(transaction: Transaction, names: readonly string[]): Promise<void>;
  abstract preview(transaction: Transaction, expiry: Expiry): Promise<Preview>;
}
