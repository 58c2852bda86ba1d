import type { ErasureDone } from '#contracts';
import type { Counted, EnteredTenant } from '#erasure';
import type { Transaction } from '#storage';
import type { ErasedName, Passing, Refiling, Tombstone } from '../../domain/erasure.js';
import type { Content, ContentName } from '../../domain/version-choice.js';
import type { ArchivedContent } from '../archived-content.js';

/** Keyed names: equal in every service of an installation. */
export interface Names {
  interaction(content: ContentName): string;
  identifier(tenant: string, identifier: { readonly type: string; readonly value: string }): string;
}

export interface NamesAsked {
  /** Keyed names. */
  readonly interactions: readonly string[];
  readonly contents: readonly ContentName[];
  readonly identifiers: readonly string[];
}

/** What is known of erasures about some records. */
export interface KnownErasures {
  /** By keyed name. */
  readonly erased: ReadonlyMap<string, Passing>;
  readonly refilings: readonly Refiling[];
  readonly names: readonly ErasedName[];
}

/** An interaction that went, or its versions of before a revision. */
export type Gone = ContentName & Passing;

export interface ErasedRows {
  readonly interactions: readonly ContentName[];
  readonly versions: readonly ContentName[];
}

/** What stands on a timeline, as bytes. */
export interface StandingBody extends Content {
  readonly body: Buffer;
}

/** What was erased, by keyed name: what comes later is read by it. And the archive, where erasures change it. */
export abstract class ErasureStore {
  abstract readonly names: Names;
  /**
   * Holds these tenants until the end of the transaction, so that nothing of an interaction is filed while it is erased, and nothing
   * erased while it is filed. Answers those in which anybody was erased, with the newest instant up to which (ms).
   */
  abstract enter(
    transaction: Transaction,
    tenants: readonly EnteredTenant[],
  ): Promise<ReadonlyMap<string, number>>;
  abstract keep(
    transaction: Transaction,
    news: { readonly tombstones: readonly Tombstone[]; readonly refilings: readonly Refiling[] },
  ): Promise<void>;
  /** What was erased or rewritten; answers the parts of erasures that are done with it. The tenants are held. */
  abstract settle(
    transaction: Transaction,
    counted: readonly Counted[],
    now: number,
  ): Promise<ErasureDone[]>;
  abstract about(
    transaction: Transaction,
    tenants: readonly string[],
    asked: NamesAsked,
  ): Promise<KnownErasures>;
  /** What stands of these interactions, with its bytes. */
  abstract standing(
    transaction: Transaction,
    names: readonly ContentName[],
  ): Promise<StandingBody[]>;
  /** Replaced versions of these interactions. */
  abstract replaced(
    transaction: Transaction,
    names: readonly ContentName[],
  ): Promise<ArchivedContent[]>;
  abstract removeReplaced(transaction: Transaction, versions: readonly Content[]): Promise<void>;
  /** All versions that are gone of these; answers which, by the store that held them. */
  abstract erase(transaction: Transaction, gone: readonly Gone[]): Promise<ErasedRows>;
  /** Names of interactions with replaced versions, in their order, strictly after one. */
  abstract replacedNames(
    transaction: Transaction,
    page: {
      readonly tenant: string;
      readonly after: ContentName | undefined;
      readonly limit: number;
    },
  ): Promise<ContentName[]>;
}
