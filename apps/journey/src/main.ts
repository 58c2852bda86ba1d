import { bootstrap } from '#runtime';
import { JourneyConfig } from './journey.config.js';
import { JourneyModule } from './journey.module.js';

await bootstrap({ name: 'journey', module: JourneyModule, config: JourneyConfig });
