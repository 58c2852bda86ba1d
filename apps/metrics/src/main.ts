import { bootstrap } from '#runtime';
import { MetricsConfig } from './metrics.config.js';
import { MetricsModule } from './metrics.module.js';

await bootstrap({ name: 'metrics', module: MetricsModule, config: MetricsConfig });
