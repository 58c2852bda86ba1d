export type { Transaction } from './transaction.js';
export { UnitOfWork } from './unit-of-work.js';
export type { BatchEffect, DeadLetter } from './unit-of-work.js';
