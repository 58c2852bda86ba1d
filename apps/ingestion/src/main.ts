import { bootstrap } from '#runtime';
import { IngestionConfig } from './ingestion.config.js';
import { IngestionModule } from './ingestion.module.js';

await bootstrap({ name: 'ingestion', module: IngestionModule, config: IngestionConfig });
