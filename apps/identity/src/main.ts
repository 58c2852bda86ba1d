import { bootstrap } from '#runtime';
import { IdentityConfig } from './identity.config.js';
import { IdentityModule } from './identity.module.js';

await bootstrap({ name: 'identity', module: IdentityModule, config: IdentityConfig });
