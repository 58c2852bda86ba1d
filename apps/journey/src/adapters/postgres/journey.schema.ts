import { JourneyStores } from '../../application/ports.js';
import { PostgresArchive } from './archive.repository.js';
import { KeyedNames } from '../../application/erasing/keyed-names.js';
import { PostgresCheckpoints } from './checkpoint.repository.js';
import { PostgresFacts } from './fact.repository.js';
import { PostgresErasures } from './erasure.repository.js';
import { ErasureTables1700000003001 } from './migrations/erasure-tables.js';
import { JourneyTables1700000003000 } from './migrations/journey-tables.js';
import { PostgresProfiles } from './profile.repository.js';

export const JOURNEY_SCHEMA = {
  schema: 'journey',
  migrations: [JourneyTables1700000003000, ErasureTables1700000003001],
} as const;

/** `secret`: the installation's, which names what was erased. */
export function postgresStores(secret: { readonly value: string }): JourneyStores {
  return new JourneyStores({
    archive: new PostgresArchive(),
    profiles: new PostgresProfiles(),
    facts: new PostgresFacts(),
    checkpoints: new PostgresCheckpoints(),
    erasures: new PostgresErasures(new KeyedNames(secret)),
  });
}
