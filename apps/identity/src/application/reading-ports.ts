/** What the read side asks the store; answers are rows, shown by `read-profile.ts`. */
import type { Transaction } from '#storage';
import type { IdentityRules } from '../domain/rules.js';
import type { FilingRow, IdentifierRow, LinkRow, ProfileRow, WinnerRow } from '../domain/state.js';
import type { DecisionRow, Portrait, Sitting } from './ports.js';

export interface FilingTotals {
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly count: number;
}

export interface LastSeen {
  /** Latest evidence, ms. */
  readonly lastAt: number;
}

export interface SeenPortrait extends Portrait {
  readonly identifiers: readonly (IdentifierRow & LastSeen)[];
}

export interface IdentityEvent {
  /** Moves, and decisions that came and went. */
  readonly kind: 'joined' | 'split' | 'moved' | 'refused' | 'lifted';
  /** Profile ids, of moves. */
  readonly from: string | null;
  readonly to: string | null;
  readonly identifiers: number;
  readonly interactions: number;
  /** Of decisions; the subject by its name, rivals by profile id. */
  readonly code: string | null;
  readonly subject: string | null;
  readonly rivals: readonly string[];
  /** `evidence`, `merge`, `unmerge`, `withdrawal`, `rules`. */
  readonly cause: string;
  /** The call, or the version of the rules; empty for evidence. */
  readonly ref: string;
  /** ms */
  readonly recordedAt: number;
}

export abstract class ProfileReader {
  /** The profile that now holds the identifier or unit of this name. */
  abstract find(transaction: Transaction, name: string): Promise<ProfileRow | undefined>;
  /** Profiles of now, those without identifiers included. */
  abstract count(transaction: Transaction, tenant: string): Promise<number>;
  abstract rules(transaction: Transaction, tenant: string): Promise<IdentityRules | undefined>;
  abstract portrait(transaction: Transaction, sitting: Sitting): Promise<SeenPortrait | undefined>;
  abstract totals(transaction: Transaction, profileKey: number): Promise<FilingTotals>;
  /** Identifiers that several profiles share, this one among them. */
  abstract shared(
    transaction: Transaction,
    profileId: string,
  ): Promise<SeenPortrait['identifiers']>;
  /** Of the names, to anybody; at most `limit`, the earliest. */
  abstract links(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<readonly LinkRow[]>;
  abstract identifiers(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<readonly IdentifierRow[]>;
  /** About the names, or with the profile among the rivals. */
  abstract decisions(
    transaction: Transaction,
    about: { readonly names: readonly string[]; readonly profileId: string },
  ): Promise<readonly DecisionRow[]>;
  /** That speak of one of these ids; at most `limit`, the newest first. */
  abstract events(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<readonly IdentityEvent[]>;
  /** Interactions of the profile that carried something that is no identifier. */
  abstract refusals(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<readonly WinnerRow[]>;
  /** All filings of the profile's conversations that have more than one; the latest conversations. */
  abstract conversations(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<readonly FilingRow[]>;
}
