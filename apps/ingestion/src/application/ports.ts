import type { ApiKeyEntry, RateLimits, SourceChanged, TenantSettings } from '#contracts';
import type { Transaction } from '#storage';
import type { Rejection } from '../domain/rejection.js';

/** A tenant as ingestion stores it; `counter` grows with every change of settings or keys. */
export interface TenantState {
  readonly tenant: string;
  readonly counter: number;
  readonly settings: TenantSettings;
  /** Live keys, oldest first. */
  readonly keys: readonly ApiKeyEntry[];
}

/** Tenants with settings and keys. Every change locks the tenant's row first. */
export abstract class Tenants {
  /** One that exists stays as it is. */
  abstract create(
    transaction: Transaction,
    tenant: string,
    settings: TenantSettings,
  ): Promise<void>;
  /** Locks the row and adds one to its counter; undefined when there is no such tenant. */
  abstract touch(transaction: Transaction, tenant: string): Promise<TenantState | undefined>;
  abstract saveSettings(
    transaction: Transaction,
    tenant: string,
    settings: TenantSettings,
  ): Promise<void>;
  abstract addKeys(
    transaction: Transaction,
    tenant: string,
    keys: readonly ApiKeyEntry[],
  ): Promise<void>;
  abstract limitKey(
    transaction: Transaction,
    key: { readonly tenant: string; readonly keyId: string; readonly limits: RateLimits },
  ): Promise<void>;
  abstract revokeKey(transaction: Transaction, tenant: string, keyId: string): Promise<void>;
}

export interface SourceDescription {
  readonly tenant: string;
  readonly source: string;
  readonly region?: string;
  readonly description?: string;
}

/** Sources; a deleted one keeps its row, so that its counter goes on when it is made again. */
export abstract class Sources {
  /** Creates or changes it, brings a deleted one back; the new counter. */
  abstract save(transaction: Transaction, source: SourceDescription): Promise<number>;
  /** The new counter, or undefined when there is none. */
  abstract delete(
    transaction: Transaction,
    tenant: string,
    source: string,
  ): Promise<number | undefined>;
}

/** What became of a rejection that was replayed: by whom, when, as which interaction. Written once, never changed. */
export interface Replay {
  readonly at: string;
  readonly by: string;
  readonly reason?: string;
  readonly source: string;
  readonly id: string;
  readonly version: number;
  /** Not as it was posted. */
  readonly isEdited: boolean;
}

/** What could not be accepted, as posted, with the reason. The value of `interaction.rejected`, and its replay. */
export interface StoredRejection extends Omit<Rejection, 'code'> {
  readonly code: string;
  /** Absent = it waits. */
  readonly replay?: Replay;
}

/** Which rejections: those for which all that is given holds. */
export interface RejectionFilter {
  readonly code?: string;
  readonly source?: string;
  readonly pointer?: string;
  /** False = those that wait. */
  readonly isReplayed?: boolean;
}

/** The place of a rejection in the order of arrival. */
export type RejectionPosition = Pick<StoredRejection, 'receivedAt' | 'rejectionId'>;

export interface RejectionPage {
  readonly tenant: string;
  readonly filter: RejectionFilter;
  /** Continue beyond this one. */
  readonly after?: RejectionPosition;
  readonly limit: number;
}

/** Rejections that wait and have one cause. */
export interface RejectionGroup {
  readonly code: string;
  readonly pointer: string;
  readonly source?: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** One of them. */
  readonly exampleId: string;
}

export interface MarkedReplay {
  readonly rejectionId: string;
  readonly replay: Replay;
}

export abstract class Rejections {
  /** Repeats change nothing. */
  abstract store(transaction: Transaction, rejections: readonly StoredRejection[]): Promise<void>;
  /** Newest first. */
  abstract list(page: RejectionPage): Promise<StoredRejection[]>;
  abstract find(tenant: string, rejectionId: string): Promise<StoredRejection | undefined>;
  /** Most frequent first, at most `limit`. */
  abstract group(page: Omit<RejectionPage, 'after'>): Promise<RejectionGroup[]>;
  /** Locks it until the transaction ends. */
  abstract lock(
    transaction: Transaction,
    tenant: string,
    rejectionId: string,
  ): Promise<StoredRejection | undefined>;
  /** Locks those that wait, oldest first. */
  abstract lockWaiting(transaction: Transaction, page: RejectionPage): Promise<StoredRejection[]>;
  abstract mark(
    transaction: Transaction,
    tenant: string,
    replays: readonly MarkedReplay[],
  ): Promise<void>;
  /** Deletes at most `limit` received before an instant (ms since 1970), of all tenants; how many. */
  abstract forget(receivedBefore: number, limit: number): Promise<number>;
  abstract erase(
    transaction: Transaction,
    tenant: string,
    rejectionIds: readonly string[],
  ): Promise<void>;
}

/** A source as the directory and the API show it. */
export type SourceView = Pick<SourceChanged, 'source' | 'region' | 'description'>;
