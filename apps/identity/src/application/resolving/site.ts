/** Where a step of the resolving of one batch works: its transaction, its store, and the rows it has in hand. */
import type { Transaction } from '#storage';
import type { IdentityStore } from '../ports.js';
import type { Workspace } from './workspace.js';

export interface Site {
  readonly transaction: Transaction;
  readonly store: IdentityStore;
  readonly workspace: Workspace;
}
