import type { Cause, Interaction } from '#contracts';
import type { Transaction } from '#storage';
import type { Standing } from '../domain/checkpoint.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import type { Reason } from '../domain/fact-difference.js';
import type { FilingClaim, FilingMove } from '../domain/filing.js';
import type { ProfileState } from '../domain/profile.js';
import type { Thresholds, ThresholdsByTenant } from '../domain/thresholds.js';
import type { ContentName, StoredContent } from '../domain/version-choice.js';
import type { Entry } from '../domain/timeline.js';
import type { ArchivedContent } from './archived-content.js';
import type { ErasureStore } from './erasing/ports.js';

/** One version of an interaction as it arrived, filed. */
export interface Arrival extends ArchivedContent {
  readonly interaction: Interaction;
  readonly withdrawn: boolean;
  readonly filing: string;
  readonly factIds: readonly string[];
  readonly isSequential: boolean;
  /** What else than its own arrival makes it come. */
  readonly reason?: Reason;
}

/** An arrival with the profile that its filing stands under. */
export interface FiledArrival extends Arrival {
  readonly profileKey: string;
}

export interface MovedRow {
  readonly tenant: string;
  readonly filing: string;
  readonly from: string;
  readonly to: string;
  /** ms */
  readonly occurredAt: number;
  readonly factIds: readonly string[];
  readonly isSequential: boolean;
  readonly withdrawn: boolean;
}

export interface ProfileRef {
  readonly tenant: string;
  readonly profileKey: string;
}

/** The part of a timeline with `after` < occurredAt ≤ `upTo`, ms. */
export interface Stretch extends ProfileRef {
  readonly after: number;
  readonly upTo: number;
}

export interface FactRef {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Archive and timelines. Every method is one or two statements whatever the number of rows; locking ones take rows in
 * sorted order.
 */
export abstract class ArchiveStore {
  /** Stored rows of these interactions, locked. */
  abstract lockContents(
    transaction: Transaction,
    contents: readonly ContentName[],
  ): Promise<StoredContent[]>;
  /** Inserts unseen filings as claimed, locks all; returns those that were stored before, as stored. */
  abstract lockFilings(
    transaction: Transaction,
    claims: readonly FilingClaim[],
  ): Promise<FilingClaim[]>;
  abstract raiseFilings(transaction: Transaction, claims: readonly FilingClaim[]): Promise<void>;
  /** Throws a serialisation failure when another worker inserted one of them meanwhile: the batch runs again. */
  abstract insert(transaction: Transaction, arrivals: readonly FiledArrival[]): Promise<void>;
  /** Archives the stored versions, then overwrites them. */
  abstract replace(transaction: Transaction, arrivals: readonly FiledArrival[]): Promise<void>;
  abstract archive(transaction: Transaction, superseded: readonly ArchivedContent[]): Promise<void>;
  /** Rewrites the profile key of every row of the filings. */
  abstract move(transaction: Transaction, moves: readonly FilingMove[]): Promise<MovedRow[]>;
  /** Live entries with a part in these keyed facts. */
  abstract entriesOfFacts(transaction: Transaction, facts: readonly FactRef[]): Promise<Entry[]>;
  /** Live sequential entries of these stretches of timelines. */
  abstract sequentialEntries(
    transaction: Transaction,
    stretches: readonly Stretch[],
  ): Promise<Entry[]>;
}

/** A checkpoint of a profile, at the instant of its tail. */
export interface StoredCheckpoint extends ProfileRef {
  readonly standing: Standing;
}

export abstract class CheckpointStore {
  /** The last checkpoint that lies before each instant, each once, in order. */
  abstract before(
    transaction: Transaction,
    instants: readonly (ProfileRef & { readonly at: number })[],
  ): Promise<StoredCheckpoint[]>;
  /** The first checkpoints of each stretch, `max` at most, in order. */
  abstract first(
    transaction: Transaction,
    stretches: readonly Stretch[],
    max: number,
  ): Promise<StoredCheckpoint[]>;
  /** Deletes those inside the stretches, then writes. */
  abstract rewrite(
    transaction: Transaction,
    stretches: readonly Stretch[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void>;
}

/** The newest `profile.changed` of a profile, as it came; null: the profile is no more. */
export interface Portrait extends ProfileRef {
  readonly body: Buffer | null;
}

export abstract class ProfileStore {
  /** Of locked profiles; never read while facts are derived, so kept apart from them. */
  abstract keepPortraits(transaction: Transaction, portraits: readonly Portrait[]): Promise<void>;
  /** Inserts unseen profiles as seeded, locks and returns all. */
  abstract lock(transaction: Transaction, seeds: readonly ProfileState[]): Promise<ProfileState[]>;
  /** Without locks: owners of facts that other profiles touch. */
  abstract read(transaction: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]>;
  /** `before` → `after` of each: only what differs is written. */
  abstract write(
    transaction: Transaction,
    changes: readonly { before: ProfileState; after: ProfileState }[],
  ): Promise<void>;
  /** Profiles whose `dueAt` is not after `at`, locked; those that another transaction holds are left out. */
  abstract lockDue(
    transaction: Transaction,
    due: { readonly at: number; readonly max: number },
  ): Promise<ProfileState[]>;
  /** Of these, those that no other transaction holds, locked. */
  abstract lockFree(
    transaction: Transaction,
    profiles: readonly ProfileRef[],
  ): Promise<ProfileState[]>;
  /** Never goes back. */
  abstract advanceWatermark(transaction: Transaction, at: number): Promise<void>;
}

export interface FactChangeRow {
  readonly fact: DerivedFact;
  readonly isGone: boolean;
  readonly profileId: string;
  readonly revision: number;
  readonly cause: Cause;
}

export abstract class FactStore {
  /** Held to the end of the transaction. A keyed fact may have entries of several profiles, so their locks are not enough. */
  abstract lock(transaction: Transaction, facts: readonly FactRef[]): Promise<void>;
  abstract read(transaction: Transaction, facts: readonly FactRef[]): Promise<DerivedFact[]>;
  /** Sequential facts that were opened in these stretches, by their `from`. */
  abstract openedIn(
    transaction: Transaction,
    stretches: readonly Stretch[],
  ): Promise<DerivedFact[]>;
  /** Provisional keyed facts whose `finalAt` is not after `at`, with their owners, those in quarantine left out; earliest first, without locks. */
  abstract dueKeyed(
    transaction: Transaction,
    due: { readonly at: number; readonly max: number },
  ): Promise<(FactRef & ProfileRef)[]>;
  /** Facts of a profile that count at or after an instant. */
  abstract countingFrom(
    transaction: Transaction,
    profiles: readonly (ProfileRef & { readonly at: number })[],
  ): Promise<DerivedFact[]>;
  /** A number that grows with every call, the watermark, and what these tenants have set. Drawn after all locks are held: so it grows per fact. */
  abstract tick(
    transaction: Transaction,
    tenants: readonly string[],
  ): Promise<{
    readonly counter: number;
    readonly watermark: number;
    readonly thresholds: ThresholdsByTenant;
  }>;
  abstract write(transaction: Transaction, rows: readonly FactChangeRow[]): Promise<void>;
}

/** What `tenant.changed` told. */
export interface ThresholdsNews {
  readonly tenant: string;
  readonly revision: number;
  readonly thresholds: Thresholds;
}

export abstract class ThresholdStore {
  /**
   * The newest of each tenant comes into force; where it differs from what was, a replay of the tenant is asked for in the
   * same transaction, with reference `settings/<revision>`. `at`: ms.
   */
  abstract bringIntoForce(
    transaction: Transaction,
    news: readonly ThresholdsNews[],
    at: number,
  ): Promise<void>;
  abstract read(transaction: Transaction, tenants: readonly string[]): Promise<ThresholdsByTenant>;
}

/** The stores of the schema, as one dependency. */
export class JourneyStores {
  readonly archive: ArchiveStore;
  readonly profiles: ProfileStore;
  readonly facts: FactStore;
  readonly checkpoints: CheckpointStore;
  readonly erasures: ErasureStore;
  readonly thresholds: ThresholdStore;

  constructor(stores: Readonly<JourneyStores>) {
    this.archive = stores.archive;
    this.profiles = stores.profiles;
    this.facts = stores.facts;
    this.checkpoints = stores.checkpoints;
    this.erasures = stores.erasures;
    this.thresholds = stores.thresholds;
  }
}
