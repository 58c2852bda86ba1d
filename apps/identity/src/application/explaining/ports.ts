/** What the explanation of a pair asks the store: set-based reads around two profiles, each with a limit. */
import type { Transaction } from '#storage';
import type { KnownCall, KnownIdentifier } from '../../domain/explaining/situation.js';
import type { FilingRow, LinkRow } from '../../domain/state.js';

export type PairOfKeys = readonly [number, number];

export abstract class PairReader {
  /** Those that have evidence, with the profiles that hold them. */
  abstract known(
    transaction: Transaction,
    names: readonly string[],
  ): Promise<readonly KnownIdentifier[]>;
  /** The internal key of a profile, by its current id. */
  abstract keyOf(transaction: Transaction, profileId: string): Promise<number | undefined>;
  /** Both ends in the profile; the earliest. */
  abstract linksWithin(
    transaction: Transaction,
    profileKey: number,
    limit: number,
  ): Promise<readonly LinkRow[]>;
  /** From one profile to the other, and from both to identifiers that are linked to both. */
  abstract linksBetween(
    transaction: Transaction,
    keys: PairOfKeys,
    limit: number,
  ): Promise<readonly LinkRow[]>;
  /** That stand, and name an identifier of the profiles or one of `names`. */
  abstract calls(
    transaction: Transaction,
    about: { readonly keys: readonly number[]; readonly names: readonly string[] },
    limit: number,
  ): Promise<readonly KnownCall[]>;
  /** All filings of conversations that hold identifiers of both. */
  abstract conversations(
    transaction: Transaction,
    keys: PairOfKeys,
    limit: number,
  ): Promise<readonly FilingRow[]>;
  /** Identifiers of each type in each profile. */
  abstract counts(
    transaction: Transaction,
    profileIds: readonly string[],
  ): Promise<readonly TypeCount[]>;
}

export interface TypeCount {
  readonly profileId: string;
  readonly type: string;
  readonly count: number;
}
