import { bootstrap } from '#runtime';
import { SERVICES } from './services.js';

await bootstrap({ name: 'standalone', services: Object.values(SERVICES) });
