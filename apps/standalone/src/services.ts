import type { Service } from '#runtime';
import { IngestionConfig } from '../../ingestion/src/ingestion.config.js';
import { IngestionModule } from '../../ingestion/src/ingestion.module.js';

/** The services by name, each with its module and configuration: the only place where apps meet. */
export const SERVICES = {
  ingestion: { module: IngestionModule, config: IngestionConfig },
} as const satisfies Record<string, Service>;
