/** What identity keeps of erasures, and what it forgets for them. Every method is one set-based statement, or a fixed few. */
import type { ErasedIdentifier } from '#contracts';
import type { Transaction } from '#storage';
import type { FilingRow, WinnerRow } from '../../domain/state.js';
import type { InteractionName, StoredCall, TakenBack } from '../ports.js';

/** One part of an erasure, as far as it is looked up later. */
export interface ErasurePart {
  readonly tenant: string;
  readonly erasureId: string;
  readonly part: number;
  readonly parts: number;
  /** ms */
  readonly at: number;
  readonly interactions: readonly string[];
  readonly identifiers: readonly ErasedIdentifier[];
  readonly calls: readonly { readonly callId: string }[];
  /** The record as JSON. */
  readonly text: string;
}

/** What is known to be erased of some interactions and names. */
export interface KnownErasure {
  readonly erasureId: string;
  readonly at: number;
  readonly interactions: readonly string[];
  readonly identifiers: readonly ErasedIdentifier[];
}

export interface Refiled extends InteractionName {
  readonly filing: string;
  readonly contentCounter: number;
  /** Keyed name of the erased identifier → the value of its ghost. */
  readonly ghosts: Readonly<Record<string, string>>;
}

/** An interaction that is read with ghosts: another erasure may mean it, which names it by hash. */
export interface Haunted extends InteractionName {
  readonly hash: string;
}

/** What other profiles have in common with one. */
export interface InCommon {
  /** Names that filings of others carry too. */
  readonly names: readonly string[];
  /** Units that filings of others are in too. */
  readonly units: readonly string[];
}

export abstract class ErasureStore {
  /** When somebody of the tenant was erased last, ms; 0: nobody was. */
  abstract lastAt(transaction: Transaction, tenant: string): Promise<number>;
  /** Filings that interactions of the profile are in; at most `limit`. */
  abstract filingsOf(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<readonly FilingRow[]>;
  abstract inCommon(
    transaction: Transaction,
    profileKey: number,
    asked: { readonly names: readonly string[]; readonly units: readonly string[] },
  ): Promise<InCommon>;
  /** How many filings carry one of the names; at most `limit`. */
  abstract carriers(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<number>;
  abstract aliasesOf(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<readonly StoredCall[]>;
  /** What was said of calls about these names, and of these calls, up to `until`. How many entries went. */
  abstract forgetSaid(
    transaction: Transaction,
    said: {
      readonly names: readonly string[];
      readonly callIds: readonly string[];
      readonly until: number;
    },
  ): Promise<number>;
  abstract keepHaunted(transaction: Transaction, rows: readonly Haunted[]): Promise<void>;
  abstract haunted(
    transaction: Transaction,
    hashes: readonly string[],
  ): Promise<readonly InteractionName[]>;
  /** Which of these tenants ever erased anybody: for all others nothing else is asked. */
  abstract tenants(
    transaction: Transaction,
    tenants: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** Of all identifiers that were ever erased. For what is rare: it reads them all. */
  abstract erasedTypes(transaction: Transaction): Promise<readonly string[]>;
  abstract known(
    transaction: Transaction,
    asked: { readonly interactions: readonly string[]; readonly names: readonly string[] },
  ): Promise<readonly KnownErasure[]>;
  /** Ids of those of its calls that no later erasure speaks of; undefined: this part is known already. */
  abstract keep(
    transaction: Transaction,
    part: ErasurePart,
  ): Promise<ReadonlySet<string> | undefined>;
  abstract winnersIn(
    transaction: Transaction,
    filings: readonly string[],
  ): Promise<readonly WinnerRow[]>;
  /** With their traits, consents and aliases. */
  abstract forget(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<TakenBack>;
  /**
   * As `forget`, but a mark stays of each: its version, so that repeats end there, under the revision of its tombstone and in no
   * filing.
   */
  abstract expire(
    transaction: Transaction,
    interactions: readonly InteractionName[],
  ): Promise<TakenBack>;
  /** Their traits and consents go with them; returns their aliases. */
  abstract refile(
    transaction: Transaction,
    rows: readonly Refiled[],
  ): Promise<readonly StoredCall[]>;
  /** Puts calls in the place of those with the same id, whose words go. Returns those that they replaced. */
  abstract replaceCalls(
    transaction: Transaction,
    calls: readonly StoredCall[],
  ): Promise<readonly StoredCall[]>;
  /** The values of identifiers that nothing carries any more, nothing withdrawn either. How many there were. */
  abstract forgetUnseen(transaction: Transaction, names: readonly string[]): Promise<number>;
}
