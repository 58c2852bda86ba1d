import { JourneyStores } from '../../application/ports.js';
import { PostgresArchive } from './archive.repository.js';
import { PostgresCheckpoints } from './checkpoint.repository.js';
import { PostgresFacts } from './fact.repository.js';
import { JourneyTables1700000003000 } from './migrations/journey-tables.js';
import { PostgresProfiles } from './profile.repository.js';

export const JOURNEY_SCHEMA = {
  schema: 'journey',
  migrations: [JourneyTables1700000003000],
} as const;

export function postgresStores(): JourneyStores {
  return new JourneyStores(
    new PostgresArchive(),
    new PostgresProfiles(),
    new PostgresFacts(),
    new PostgresCheckpoints(),
  );
}
