/**
 * Filings decide on which timeline an interaction stands: filing → profile key, at its highest revision. Claims come on
 * identified records and on `filing.moved`, in any order; the highest revision is the whole truth and equal ones agree. A move
 * is a filing whose profile key differs from the one its rows were written under.
 */
export interface FilingClaim {
  readonly tenant: string;
  readonly filing: string;
  readonly profileKey: string;
  readonly revision: number;
}

export interface FilingMove {
  readonly tenant: string;
  readonly filing: string;
  readonly from: string;
  readonly to: string;
}

export interface FilingChanges {
  /** By `filingName`: where each filing stands now. */
  readonly current: ReadonlyMap<string, FilingClaim>;
  /** Stored ones to overwrite. */
  readonly raised: readonly FilingClaim[];
  readonly moves: readonly FilingMove[];
}

export const filingName = (filing: { readonly tenant: string; readonly filing: string }): string =>
  `${filing.tenant}\u001f${filing.filing}`;

/** Highest claim of each filing. */
export function highestClaims(claims: Iterable<FilingClaim>): Map<string, FilingClaim> {
  const highest = new Map<string, FilingClaim>();
  for (const claim of claims) {
    const name = filingName(claim);
    const known = highest.get(name);
    if (known === undefined || claim.revision > known.revision) highest.set(name, claim);
  }
  return highest;
}

export function filingChanges(
  stored: readonly FilingClaim[],
  claimed: ReadonlyMap<string, FilingClaim>,
): FilingChanges {
  const current = new Map(claimed);
  const raised: FilingClaim[] = [];
  const moves: FilingMove[] = [];
  for (const before of stored) {
    const name = filingName(before);
    const claim = claimed.get(name);
    if (claim === undefined || claim.revision <= before.revision) {
      current.set(name, before);
      continue;
    }
    raised.push(claim);
    const { tenant, filing } = claim;
    if (claim.profileKey !== before.profileKey)
      moves.push({ tenant, filing, from: before.profileKey, to: claim.profileKey });
  }
  return { current, raised, moves };
}
