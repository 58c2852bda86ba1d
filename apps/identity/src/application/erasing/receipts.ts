/** How far an erasure has come. */
import type { ErasureDone } from '#contracts';
import type { Transaction } from '#storage';

export interface AskedBy {
  readonly actor: string;
  readonly reason: string;
  readonly keyId: string;
}

export interface KeptErasure {
  /** ms */
  readonly at: number;
  /** How many parts there are, read or not. */
  readonly parts: number;
  /** Hashes of the records of the parts that were read, in their order. */
  readonly hashes: readonly string[];
  /** Null in a system that was built anew. */
  readonly askedBy: AskedBy | null;
  readonly done: readonly Omit<ErasureDone, 'tenant' | 'erasureId'>[];
}

export abstract class ErasureReceipts {
  abstract keepAskedBy(
    transaction: Transaction,
    erasure: { readonly tenant: string; readonly erasureId: string },
    askedBy: AskedBy,
  ): Promise<void>;
  /** The last of a service about a part counts. */
  abstract keepDone(transaction: Transaction, done: readonly ErasureDone[]): Promise<void>;
  abstract find(
    transaction: Transaction,
    tenant: string,
    erasureId: string,
  ): Promise<KeptErasure | undefined>;
}
