import type { Transaction } from '#storage';
import { CheckpointStore, type StoredCheckpoint, type Stretch } from '../ports.js';
import { BEGINNING, END } from '../spans.js';
import type { ReplayStore } from './ports.js';

/** Checkpoints of timelines that are folded as a whole: written where they differ. Parts are written as ever. */
export class WholeCheckpoints extends CheckpointStore {
  constructor(
    private readonly stored: CheckpointStore,
    private readonly replays: ReplayStore,
  ) {
    super();
  }

  before(...asked: Parameters<CheckpointStore['before']>): Promise<StoredCheckpoint[]> {
    return this.stored.before(...asked);
  }

  first(...asked: Parameters<CheckpointStore['first']>): Promise<StoredCheckpoint[]> {
    return this.stored.first(...asked);
  }

  async rewrite(
    transaction: Transaction,
    stretches: readonly Stretch[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void> {
    const isWhole =
      stretches.length > 0 &&
      stretches.every(({ after, upTo }) => after === BEGINNING && upTo === END);
    if (isWhole) await this.replays.keepCheckpoints(transaction, stretches, checkpoints);
    else await this.stored.rewrite(transaction, stretches, checkpoints);
  }
}
