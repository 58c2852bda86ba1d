import { ErasureBook } from '#erasure';
import {
  ErasureTables1700000000001,
  ExpiredNames1700000000003,
  ReplayTable1700000000002,
} from '#storage';
import { JourneyStores } from '../../application/ports.js';
import { PostgresArchive } from './archive.repository.js';
import { KeyedNames } from '../../application/erasing/keyed-names.js';
import { PostgresCheckpoints } from './checkpoint.repository.js';
import { PostgresFacts } from './fact.repository.js';
import { PostgresErasures } from './erasure.repository.js';
import { JourneyTables1700000003000 } from './migrations/journey-tables.js';
import { RefilingTable1700000003001 } from './migrations/refiling-table.js';
import { ThresholdTable1700000003002 } from './migrations/threshold-table.js';
import { PostgresProfiles } from './profile.repository.js';
import { PostgresThresholds } from './threshold.repository.js';

export const JOURNEY_SCHEMA = {
  schema: 'journey',
  migrations: [
    ErasureTables1700000000001,
    ReplayTable1700000000002,
    JourneyTables1700000003000,
    RefilingTable1700000003001,
    ThresholdTable1700000003002,
    ExpiredNames1700000000003,
  ],
} as const;

/** The timeline is told by tombstones. */
export const JOURNEY_ERASURES = new ErasureBook('journey', true);

/** `secret`: the installation's, which names what was erased. */
export function postgresStores(secret: { readonly value: string }): JourneyStores {
  return new JourneyStores({
    archive: new PostgresArchive(),
    profiles: new PostgresProfiles(),
    facts: new PostgresFacts(),
    checkpoints: new PostgresCheckpoints(),
    thresholds: new PostgresThresholds(),
    erasures: new PostgresErasures(new KeyedNames(secret), JOURNEY_ERASURES),
  });
}
