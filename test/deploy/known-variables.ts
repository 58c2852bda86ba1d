import { InfrastructureConfig, SECRET_VARIABLES } from '#runtime';
import { IdentityConfig } from '../../apps/identity/src/identity.config.js';
import { IngestionConfig } from '../../apps/ingestion/src/ingestion.config.js';
import { JourneyConfig } from '../../apps/journey/src/journey.config.js';
import { MetricsConfig } from '../../apps/metrics/src/metrics.config.js';

/** What the programs read: members of their configurations, and files of secrets. */
export const KNOWN_VARIABLES: ReadonlySet<string> = new Set([
  ...[InfrastructureConfig, IdentityConfig, IngestionConfig, JourneyConfig, MetricsConfig].flatMap(
    (config) => Object.keys(new config()),
  ),
  // Without a default they are no members of a fresh object.
  'PORT',
  'KAFKA_BROKERS',
  'KAFKA_TOPIC_PREFIX',
  'KAFKA_REPLICATION',
  'KAFKA_MIN_INSYNC',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_CA_FILE',
  'DATABASE_CA_FILE',
  'REDIS_URL',
  'REDIS_CA_FILE',
  // Of the commands, and of Node.
  'TOUCHLINE_URL',
  'NODE_EXTRA_CA_CERTS',
  ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
]);
