/** All evidence of a tenant, for a trial of rules: a few statements, one snapshot a statement. */
import type { Identifier } from '#contracts';
import type { Transaction } from '#storage';
import type { Call } from '../../domain/call.js';
import type { Member } from '../../domain/links.js';
import type { FilingRow } from '../../domain/state.js';

export interface TenantEvidence {
  readonly filings: readonly Pick<FilingRow, 'filing' | 'unit' | 'names' | 'span'>[];
  /** Identifiers by name. */
  readonly members: ReadonlyMap<string, Member>;
  /** Of the identifiers that have evidence: identifier name → profile id. */
  readonly profileOf: ReadonlyMap<string, string>;
  readonly calls: readonly Call[];
  /** Distinct values that are no identifiers, with the interactions that carry them. */
  readonly refusals: readonly { readonly identifier: Identifier; readonly interactions: number }[];
}

export abstract class EvidenceReader {
  /** Reads one filing more than `limit` at most. */
  abstract ofTenant(
    transaction: Transaction,
    tenant: string,
    limit: number,
  ): Promise<TenantEvidence>;
}
