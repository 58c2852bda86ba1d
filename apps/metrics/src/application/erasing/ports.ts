import type { ErasureDone } from '#contracts';
import type { Transaction } from '#storage';
import type { DueBucket } from '../publication-ports.js';

/** What a tombstone of an interaction says. */
export interface ErasedInteraction {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly erasureId: string;
  /** It went by age: content of this revision and later is counted. Undefined: it was erased. */
  readonly until: number | undefined;
}

/** Why numbers changed, without the names of what was erased. */
export abstract class ErasedReasons {
  /**
   * Before their observations are replaced: puts the erasure in the place of their names, in what is published and what is not yet,
   * and keeps that they are gone. Answers the parts of erasures that are done with it.
   */
  abstract erase(
    transaction: Transaction,
    tombstones: readonly ErasedInteraction[],
    nowMs: number,
  ): Promise<ErasureDone[]>;
  /** A record of before its erasure may have named it since. */
  abstract renamed(transaction: Transaction, due: readonly DueBucket[]): Promise<DueBucket[]>;
}
