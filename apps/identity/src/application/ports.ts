/**
 * What identity needs from its store. Every method is one set-based statement (or a fixed few), never one a record; names
 * are identifier names (keyed hashes), which are unique over tenants. Reads see the transaction's own writes.
 */
import type { Transaction } from '#storage';
import type { Call } from '../domain/call.js';
import type { Decision } from '../domain/decision.js';
import type { Span } from '../domain/evidence.js';
import type { IdentityRules } from '../domain/rules.js';
import type {
  FilingRow,
  IdentifierRow,
  LinkRow,
  Move,
  ProfileRow,
  TraitRow,
  WinnerRow,
} from '../domain/state.js';

export interface InteractionName {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

export interface Filed {
  readonly filings: readonly FilingRow[];
  readonly profiles: readonly ProfileRow[];
}

export interface Neighbourhood {
  /** All links of the names asked for. */
  readonly links: readonly LinkRow[];
  /** The names asked for and the other ends of links and calls. */
  readonly identifiers: readonly IdentifierRow[];
  readonly calls: readonly StoredCall[];
}

export interface StoredCall extends Call {
  readonly tenant: string;
  /** The interaction that declared it (aliases); null for calls by people. */
  readonly source: string | null;
  readonly id: string | null;
}

export interface DecisionRow extends Decision {
  readonly tenant: string;
}

/** Written with the winners: they are what spans are read from. */
export interface IntakeChanges {
  readonly winners: readonly WinnerRow[];
  /** Aliases and traits of these go before the new ones are written. */
  readonly replaced: readonly InteractionName[];
  readonly traits: readonly TraitRow[];
  readonly aliases: readonly StoredCall[];
}

export interface TakenBack {
  /** Filings that lost traits or consents. */
  readonly filings: readonly string[];
  readonly aliases: readonly StoredCall[];
}

export interface StructureChanges {
  readonly filings: readonly FilingRow[];
  /** Their identifiers are written beside them; a filing's set never changes. */
  readonly newFilings: readonly FilingRow[];
  readonly identifiers: readonly IdentifierRow[];
  readonly links: readonly LinkRow[];
  readonly goneLinks: readonly string[];
  readonly profiles: readonly ProfileRow[];
  /** Names whose decisions are replaced by `decisions`. */
  readonly solved: readonly string[];
  readonly decisions: readonly DecisionRow[];
  /** For the history of profiles. Decisions that came or went are noted by the store itself. */
  readonly moves: readonly Move[];
  /** What caused it: `evidence`, or a cause with its reference. */
  readonly reason: { readonly cause: string; readonly ref: string };
}

export interface FilingSpan {
  readonly filing: string;
  readonly span: Span;
}

export abstract class IdentityStore {
  /** Serialises changes of the same tenants until the transaction ends; taken before anything is read. */
  abstract lock(transaction: Transaction, tenants: readonly string[]): Promise<void>;
  /** Rules in force; a tenant without an entry has the default rules. */
  abstract rules(
    transaction: Transaction,
    tenants: readonly string[],
  ): Promise<ReadonlyMap<string, IdentityRules>>;
  abstract winners(
    transaction: Transaction,
    names: readonly InteractionName[],
  ): Promise<readonly WinnerRow[]>;
  /** With their profiles, which every published interaction names. */
  abstract filings(transaction: Transaction, filings: readonly string[]): Promise<Filed>;
  abstract filingsOfUnits(
    transaction: Transaction,
    units: readonly string[],
  ): Promise<readonly FilingRow[]>;
  abstract filingsHolding(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<readonly FilingRow[]>;
  abstract filingsOwnedBy(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<readonly FilingRow[]>;
  /** Spans of the interactions that count, read from the winners. */
  abstract spans(
    transaction: Transaction,
    filings: readonly string[],
  ): Promise<readonly FilingSpan[]>;
  abstract identifiers(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<readonly IdentifierRow[]>;
  /** All that these profiles hold. */
  abstract identifiersHeldBy(
    transaction: Transaction,
    profileKeys: readonly number[],
  ): Promise<readonly IdentifierRow[]>;
  /** Calls with one of the names at either end, whatever is known of the other. */
  abstract callsAbout(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<readonly StoredCall[]>;
  abstract links(transaction: Transaction, pairs: readonly string[]): Promise<readonly LinkRow[]>;
  abstract neighbourhood(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<Neighbourhood>;
  abstract profiles(
    transaction: Transaction,
    keys: readonly number[],
  ): Promise<readonly ProfileRow[]>;
  abstract profilesById(
    transaction: Transaction,
    ids: readonly string[],
  ): Promise<readonly ProfileRow[]>;
  abstract newProfileKeys(transaction: Transaction, count: number): Promise<readonly number[]>;
  /** Keys of the profiles that claim the shared owners of these filings. */
  abstract claimants(
    transaction: Transaction,
    filings: readonly string[],
  ): Promise<readonly number[]>;
  /** Returns what the replaced versions took with them. */
  abstract writeIntake(transaction: Transaction, changes: IntakeChanges): Promise<TakenBack>;
  /** Count and span only, of filings that are otherwise unchanged. */
  abstract countFilings(transaction: Transaction, filings: readonly FilingRow[]): Promise<void>;
  abstract writeStructure(transaction: Transaction, changes: StructureChanges): Promise<void>;
  /** What `profile.changed` tells about these profiles, beside their rows. */
  abstract portraits(
    transaction: Transaction,
    sittings: readonly Sitting[],
  ): Promise<readonly Portrait[]>;
}

/** How much of a profile is read for its portrait. */
export interface Sitting {
  readonly profile: ProfileRow;
  /** Of each type the first `room` by first sight, then value. */
  readonly types: readonly { readonly type: string; readonly room: number }[];
}

export interface Portrait {
  readonly profile: ProfileRow;
  /** Those that the sitting has room for, in no order. */
  readonly identifiers: readonly IdentifierRow[];
  readonly traits: readonly TraitRow[];
  /** Consents that were withdrawn on shared identifiers which this profile claims. */
  readonly sharedConsents: readonly TraitRow[];
}
