/** Reads profiles as they are told outside: their first identifiers in the one order, traits and consents. */
import type { Transaction } from '#storage';
import { groupBy } from '../../domain/group-by.js';
import type { Portrait, Sitting } from '../../application/ports.js';
import type { TraitRow } from '../../domain/state.js';
import { columns, identifierIn } from './rows.js';
import type { IdentifierRecord } from './rows.js';

/** The index holds a profile's identifiers by type and first instant: what has no room is not read. */
const IDENTIFIERS = `
  SELECT i.* FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS w (profile_key, type, room)
  CROSS JOIN LATERAL (
    SELECT * FROM identifier i WHERE i.profile_key = w.profile_key AND i.type = w.type
    ORDER BY i.first_at, i.first_source, i.first_id, i.value LIMIT w.room) AS i`;

const TRAITS = `
  SELECT t.*, f.profile_key FROM filing f JOIN trait t ON t.filing = f.filing
  WHERE f.profile_key = ANY($1) AND f.has_traits`;

/** Withdrawals on identifiers that several profiles claim restrict each of them. */
const SHARED_CONSENTS = `
  SELECT t.*, p.profile_key
  FROM profile p
  JOIN decision d ON d.rivals @> ARRAY[p.profile_id] AND d.code = 'shared-identifier'
  JOIN filing f ON f.owner = d.subject AND f.has_traits
  JOIN trait t ON t.filing = f.filing AND t.kind = 'consent'
  WHERE p.profile_key = ANY($1)`;

type Keyed<Row> = Row & { readonly profile_key: number };

export async function readPortraits(
  transaction: Transaction,
  sittings: readonly Sitting[],
): Promise<Portrait[]> {
  const keys = sittings.map(({ profile }) => profile.profileKey);
  const rooms = sittings.flatMap(({ profile: { profileKey }, types }) =>
    types.map((type) => ({ ...type, profileKey })),
  );
  const parameters = columns(
    rooms,
    (w) => w.profileKey,
    (w) => w.type,
    (w) => w.room,
  );
  const identifiers = await transaction.query<IdentifierRecord>(IDENTIFIERS, parameters);
  const traits = await transaction.query<Keyed<TraitRow>>(TRAITS, [keys]);
  const consents = await transaction.query<Keyed<TraitRow>>(SHARED_CONSENTS, [keys]);
  const identifiersOf = groupBy(identifiers, (row) => row.profile_key);
  const traitsOf = groupBy(traits, (row) => row.profile_key);
  const consentsOf = groupBy(consents, (row) => row.profile_key);
  return sittings.map(({ profile }) => ({
    profile,
    identifiers: (identifiersOf.get(profile.profileKey) ?? []).map(identifierIn),
    traits: traitsOf.get(profile.profileKey) ?? [],
    sharedConsents: consentsOf.get(profile.profileKey) ?? [],
  }));
}
