import type { OutgoingRecord } from '#event-log';
import type { Transaction } from '#storage';
import type { Differences } from './differences.js';

/** A replay as the service that does it sees it. */
export interface ReplayTask {
  readonly id: string;
  /** Of all that it publishes, under the cause `rules`: its id, or what made it necessary. */
  readonly ref: string;
  readonly tenant: string;
  /** The service's own text: where the step before left off; empty at the start. */
  readonly position: string;
  /** Find what differs, and leave it as it is. */
  readonly isDryRun: boolean;
}

export interface ReplayStep {
  readonly position: string;
  /** How many units of the total this step went through. */
  readonly done: number;
  readonly isFinished: boolean;
  readonly differences: Differences;
  readonly outgoing: readonly OutgoingRecord[];
}

/**
 * What a service does to derive anew what it keeps, beside live traffic, in bounded steps. A step is one transaction, in
 * which its position is stored as well: it takes effect once, and whoever comes next goes on from there.
 */
export abstract class Replaying {
  /** What is counted: `profiles`. */
  abstract readonly unit: string;
  /** How many units there are, about: read once, at the start. */
  abstract size(transaction: Transaction, tenant: string): Promise<number>;
  abstract step(transaction: Transaction, task: ReplayTask): Promise<ReplayStep>;

  /** It was stopped or given up: what it has put aside for itself goes. */
  async abandon(transaction: Transaction, task: ReplayTask): Promise<void> {
    await Promise.resolve({ transaction, task });
  }
}
