/** What the activation of rules reads and keeps. */
import type { ErrorCode } from '#contracts';
import type { Transaction } from '#storage';
import type { StoredReading } from '../../domain/replay-needed.js';
import type { IdentityRules } from '../../domain/rules.js';
import type { FilingRow, IdentifierRow, LinkRow, ProfileRow } from '../../domain/state.js';
import type { Consequence } from '../calling/consequence.js';
import type { DecisionRow, StoredCall } from '../ports.js';

export interface TenantSize {
  readonly filings: number;
  readonly identifiers: number;
  readonly links: number;
}

/** All that a tenant's people follow from, and what they are now. */
export interface TenantRows {
  readonly filings: readonly FilingRow[];
  readonly identifiers: readonly IdentifierRow[];
  readonly links: readonly LinkRow[];
  readonly profiles: readonly ProfileRow[];
  readonly calls: readonly StoredCall[];
  readonly decisions: readonly DecisionRow[];
}

export abstract class TenantState {
  abstract size(transaction: Transaction, tenant: string): Promise<TenantSize>;
  /** A fixed few statements; the tenant is locked by the caller when they must agree. */
  abstract rows(transaction: Transaction, tenant: string): Promise<TenantRows>;
  /** What rules made of everything that is filed, withdrawn interactions too. */
  abstract reading(transaction: Transaction, tenant: string): Promise<StoredReading>;
}

/**
 * pending   asked for
 * running   somebody is at it, or was when it stopped: taken up again
 * done      in force, or was before a later version
 * failed    nothing was changed; another version may be asked for
 */
export type ActivationState = 'pending' | 'running' | 'done' | 'failed';
export type ActivationStep = 'reading' | 'solving' | 'writing';

export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

export interface ActivationRequest {
  readonly tenant: string;
  readonly version: number;
  readonly rules: IdentityRules;
  readonly reason: string;
  readonly actor: string;
  /** The API key that it came with. */
  readonly keyId: string;
  /** ms */
  readonly requestedAt: number;
}

export interface Activation extends ActivationRequest {
  readonly state: ActivationState;
  readonly step: ActivationStep | null;
  /** How often it was begun. */
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly size: TenantSize | null;
  readonly consequence: Consequence | null;
  readonly failure: Failure | null;
}

/** Rules by version, and how each came into force. A tenant has one activation under way at most. */
export abstract class RulesBook {
  /** The highest version that was ever asked for or shipped. */
  abstract lastVersion(transaction: Transaction, tenant: string): Promise<number>;
  /** False: another activation is under way, or has this version. */
  abstract request(transaction: Transaction, request: ActivationRequest): Promise<boolean>;
  abstract find(
    transaction: Transaction,
    tenant: string,
    version: number,
  ): Promise<Activation | undefined>;
  /** Newest first. */
  abstract list(
    transaction: Transaction,
    tenant: string,
    limit: number,
  ): Promise<readonly Activation[]>;
  /** Of all tenants, the earliest first. */
  abstract underWay(transaction: Transaction): Promise<readonly Activation[]>;
  /** Counts the attempt. */
  abstract begin(
    transaction: Transaction,
    activation: ActivationRequest,
    nowMs: number,
  ): Promise<void>;
  /** False: another worker is at it, or it is finished. Holds until the transaction ends. */
  abstract take(transaction: Transaction, activation: ActivationRequest): Promise<boolean>;
  abstract note(
    transaction: Transaction,
    activation: ActivationRequest,
    step: ActivationStep,
  ): Promise<void>;
  /** The rules are in force once this is committed. */
  abstract bringIntoForce(
    transaction: Transaction,
    activation: ActivationRequest,
    result: {
      readonly nowMs: number;
      readonly size: TenantSize;
      readonly consequence: Consequence;
    },
  ): Promise<void>;
  /** Does nothing to one that is finished. */
  abstract fail(
    transaction: Transaction,
    activation: ActivationRequest,
    failed: { readonly nowMs: number; readonly failure: Failure },
  ): Promise<void>;
}
