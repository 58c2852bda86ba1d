/** Reads profiles as they are told outside: identifiers with their latest evidence, traits and consents. */
import type { Transaction } from '#storage';
import { groupBy } from '../../domain/group-by.js';
import type { Portrait } from '../../application/ports.js';
import type { TraitRow } from '../../domain/state.js';
import { identifierIn, profileIn } from './rows.js';
import type { IdentifierRecord, ProfileRecord } from './rows.js';

const IDENTIFIERS = `
  SELECT i.*, (SELECT max(f.last_at) FROM filing_identifier h JOIN filing f ON f.filing = h.filing
               WHERE h.name = i.name) AS last_at
  FROM identifier i WHERE i.profile_key = ANY($1) AND i.first_at IS NOT NULL`;

const TRAITS = `
  SELECT t.*, f.profile_key FROM filing f JOIN trait t ON t.filing = f.filing
  WHERE f.profile_key = ANY($1)`;

/** Withdrawals on identifiers that several profiles claim restrict each of them. */
const SHARED_CONSENTS = `
  SELECT t.*, p.profile_key
  FROM profile p
  JOIN decision d ON d.rivals @> ARRAY[p.profile_id] AND d.code = 'shared-identifier'
  JOIN filing f ON f.owner = d.subject
  JOIN trait t ON t.filing = f.filing AND t.kind = 'consent'
  WHERE p.profile_key = ANY($1)`;

type Keyed<Row> = Row & { readonly profile_key: number };

export async function readPortraits(
  transaction: Transaction,
  keys: readonly number[],
): Promise<Portrait[]> {
  const profiles = await transaction.query<ProfileRecord>(
    'SELECT * FROM profile WHERE profile_key = ANY($1)',
    [keys],
  );
  const identifiers = await transaction.query<IdentifierRecord & { last_at: number | null }>(
    IDENTIFIERS,
    [keys],
  );
  const traits = await transaction.query<Keyed<TraitRow>>(TRAITS, [keys]);
  const consents = await transaction.query<Keyed<TraitRow>>(SHARED_CONSENTS, [keys]);
  const identifiersOf = groupBy(identifiers, (row) => row.profile_key);
  const traitsOf = groupBy(traits, (row) => row.profile_key);
  const consentsOf = groupBy(consents, (row) => row.profile_key);
  return profiles.map(profileIn).map((profile) => {
    const own = identifiersOf.get(profile.profileKey) ?? [];
    return {
      profile,
      identifiers: own.map((row) => ({ ...identifierIn(row), lastAt: row.last_at ?? 0 })),
      identifierCount: own.length,
      traits: traitsOf.get(profile.profileKey) ?? [],
      sharedConsents: consentsOf.get(profile.profileKey) ?? [],
    };
  });
}
