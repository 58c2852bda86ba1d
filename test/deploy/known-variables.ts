import { getMetadataStorage } from 'class-validator';
import { InfrastructureConfig, SECRET_VARIABLES } from '#runtime';
import { IdentityConfig } from '../../apps/identity/src/identity.config.js';
import { IngestionConfig } from '../../apps/ingestion/src/ingestion.config.js';
import { JourneyConfig } from '../../apps/journey/src/journey.config.js';
import { MetricsConfig } from '../../apps/metrics/src/metrics.config.js';

const CONFIGS = {
  ingestion: IngestionConfig,
  identity: IdentityConfig,
  journey: JourneyConfig,
  metrics: MetricsConfig,
};

/** The members of a configuration: each says what it may be. */
function membersOf(config: new () => object): readonly string[] {
  const said = getMetadataStorage().getTargetValidationMetadatas(config, '', false, false);
  return [...new Set(said.map(({ propertyName }) => propertyName))];
}

/** What a service reads. */
export function variablesOf(service: keyof typeof CONFIGS): readonly string[] {
  return [...membersOf(InfrastructureConfig), ...membersOf(CONFIGS[service])];
}

/** What the programs read: members of their configurations, and files of secrets. */
export const KNOWN_VARIABLES: ReadonlySet<string> = new Set([
  ...[InfrastructureConfig, ...Object.values(CONFIGS)].flatMap(membersOf),
  // Of the commands, and of Node.
  'TOUCHLINE_URL',
  'NODE_EXTRA_CA_CERTS',
  ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
]);
