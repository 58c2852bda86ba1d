/** What is kept of calls by people: an append-only log, and beside it the calls that stand, which every solve reads. */
import type { Transaction } from '#storage';
import type { StoredCall } from '../ports.js';

/** Who said what, why and when. */
export interface Statement {
  readonly reason: string;
  readonly actor: string;
  /** The API key that it came with. */
  readonly keyId: string;
  /** When it was declared, ms. */
  readonly at: number;
  /** When it was stored, ms. */
  readonly recordedAt: number;
}

export interface DeclaredCall extends Statement {
  readonly tenant: string;
  readonly callId: string;
  readonly kind: 'merge' | 'unmerge';
  /** Identifier names, the smaller first. */
  readonly a: string;
  readonly b: string;
  /** As the ends were given, in the form in which they match. */
  readonly saidA: string;
  readonly saidB: string;
  readonly withdrawn: Statement | null;
}

export interface CallPage {
  readonly calls: readonly DeclaredCall[];
  /** Where the next page starts; null at the end. */
  readonly next: number | null;
}

export abstract class CallLog {
  /** Appends the declaration; the call stands from now on. */
  abstract declare(transaction: Transaction, call: DeclaredCall): Promise<void>;
  /** Appends the withdrawal of a call that stands; it stands no longer. */
  abstract withdraw(
    transaction: Transaction,
    call: DeclaredCall,
    statement: Statement,
  ): Promise<void>;
  /** All calls that were ever made about a pair of names, the earliest first. */
  abstract ofPair(
    transaction: Transaction,
    tenant: string,
    pair: readonly [string, string],
  ): Promise<readonly DeclaredCall[]>;
  /** Those that name one of `names`; at most `limit`, the latest. */
  abstract naming(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<readonly DeclaredCall[]>;
  abstract find(
    transaction: Transaction,
    tenant: string,
    callId: string,
  ): Promise<DeclaredCall | undefined>;
  /** Newest first; `before`: the `next` of the page before. */
  abstract list(
    transaction: Transaction,
    tenant: string,
    page: { readonly before: number | null; readonly limit: number },
  ): Promise<CallPage>;
}

/** The call as solves see it. */
export function standing({ tenant, callId, kind, a, b, at }: DeclaredCall): StoredCall {
  return { tenant, callId, kind, a, b, at, source: null, id: null };
}
