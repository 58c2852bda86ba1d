export { backends } from './backends.js';
export type { Backends } from './backends.js';
export { freshDatabase, templateDatabase } from './database.js';
export type { TemplateDatabase, TestDatabase } from './database.js';
export { eventually } from './eventually.js';
export type { EventuallyOptions } from './eventually.js';
export { assertNoConnections } from './leak-guard.js';
