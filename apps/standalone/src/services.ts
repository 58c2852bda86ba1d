import type { Service } from '#runtime';
import { IdentityConfig } from '../../identity/src/identity.config.js';
import { IDENTITY_SCHEMA, IdentityModule } from '../../identity/src/identity.module.js';
import { IngestionConfig } from '../../ingestion/src/ingestion.config.js';
import { INGESTION_SCHEMA, IngestionModule } from '../../ingestion/src/ingestion.module.js';
import { JourneyConfig } from '../../journey/src/journey.config.js';
import { JOURNEY_SCHEMA } from '../../journey/src/adapters/postgres/journey.schema.js';
import { JourneyModule } from '../../journey/src/journey.module.js';
import { MetricsConfig } from '../../metrics/src/metrics.config.js';
import { METRICS_SCHEMA, MetricsModule } from '../../metrics/src/metrics.module.js';

/** The tables of each service, for who makes them before the services start. */
export const SCHEMAS = [INGESTION_SCHEMA, IDENTITY_SCHEMA, JOURNEY_SCHEMA, METRICS_SCHEMA] as const;

/** The services by name, each with its module and configuration: the only place where apps meet. */
export const SERVICES = {
  ingestion: { module: IngestionModule, config: IngestionConfig },
  identity: { module: IdentityModule, config: IdentityConfig },
  journey: { module: JourneyModule, config: JourneyConfig },
  metrics: { module: MetricsModule, config: MetricsConfig },
} as const satisfies Record<string, Service>;
