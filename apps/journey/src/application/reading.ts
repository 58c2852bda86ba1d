import type { FactKind, Interaction } from '#contracts';
import type { DerivedFact } from '../domain/derived-fact.js';
import type { Quarantine } from '../domain/profile.js';
import type { Position } from '../domain/timeline.js';
import type { FactRef, ProfileRef } from './ports.js';

/** A row of the archive as readers see it. */
export interface ArchivedInteraction {
  readonly profileKey: string;
  readonly interaction: Interaction;
  readonly occurredAt: number;
  readonly withdrawn: boolean;
  readonly isSequential: boolean;
  readonly factIds: readonly string[];
}

export interface ReadFact {
  readonly fact: DerivedFact;
  readonly revision: number;
  readonly profileId: string;
}

export interface TimelinePage {
  readonly profile: ProfileRef;
  /** ms, half-open `[from, to)`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly channel?: string | undefined;
  readonly type?: string | undefined;
  /** Rows strictly older than this. */
  readonly before?: Position | undefined;
  readonly limit: number;
}

export interface FactPage {
  readonly profile: ProfileRef;
  readonly kind?: FactKind | undefined;
  readonly before?: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

export interface FactInteractionsPage {
  readonly fact: DerivedFact;
  /** Rows strictly newer than this. */
  readonly after?: Position | undefined;
  readonly limit: number;
}

export interface QuarantinedProfile {
  readonly profileId: string;
  readonly quarantine: Quarantine;
}

/** Cold reads: one statement each, no locks. */
export abstract class JourneyReader {
  /** Live profile by its id, else by a former id, else one that joined another and is not yet listed there. */
  abstract profile(
    tenant: string,
    id: string,
  ): Promise<(ProfileRef & { profileId: string }) | undefined>;
  abstract owner(
    profile: ProfileRef,
  ): Promise<{ readonly profileId: string; readonly isQuarantined: boolean } | undefined>;
  /** Profiles in quarantine, by public id. */
  abstract quarantines(page: {
    readonly tenant: string;
    readonly after: string;
    readonly limit: number;
  }): Promise<QuarantinedProfile[]>;
  /** Newest first. */
  abstract timeline(page: TimelinePage): Promise<ArchivedInteraction[]>;
  abstract facts(refs: readonly FactRef[]): Promise<ReadFact[]>;
  /** Newest first by `at`. */
  abstract factsOf(page: FactPage): Promise<ReadFact[]>;
  /** Of a keyed fact, in timeline order. */
  abstract interactionsOfKeyed(page: FactInteractionsPage): Promise<ArchivedInteraction[]>;
  abstract interaction(ref: {
    tenant: string;
    source: string;
    id: string;
  }): Promise<ArchivedInteraction | undefined>;
  abstract replacedVersions(ref: {
    tenant: string;
    source: string;
    id: string;
  }): Promise<{ version: number; receivedAt: number }[]>;
}
