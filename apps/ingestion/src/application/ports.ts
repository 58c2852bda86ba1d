import type { ApiKeyEntry, SourceChanged, TenantSettings } from '#contracts';
import type { Transaction } from '#storage';

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

/** What could not be accepted, as posted, with the reason. The value of `interaction.rejected`. */
export interface StoredRejection {
  readonly rejectionId: string;
  readonly tenant: string;
  readonly source?: string;
  readonly id?: string;
  readonly receivedAt: string;
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  /** JSON text as posted. */
  readonly raw: string;
}

export interface RejectionQuery {
  readonly tenant: string;
  readonly code?: string;
  readonly source?: string;
  /** Continue after this one (newest first). */
  readonly after?: { readonly receivedAt: string; readonly rejectionId: string };
  readonly limit: number;
}

export abstract class Rejections {
  /** Repeats change nothing. */
  abstract store(transaction: Transaction, rejections: readonly StoredRejection[]): Promise<void>;
  abstract list(query: RejectionQuery): Promise<StoredRejection[]>;
  abstract find(tenant: string, rejectionId: string): Promise<StoredRejection | undefined>;
}

/** A source as the directory and the API show it. */
export type SourceView = Pick<SourceChanged, 'source' | 'region' | 'description'>;
