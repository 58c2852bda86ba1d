import { Fault } from '#kernel';
import type { DeadLetters, UnitOfWork } from '#storage';
import { isOf } from './read-dead-letters.js';
import type { StitchBatch } from './stitch-batch.js';

export type ReplayOutcome =
  | { readonly id: number; readonly status: 'handled' }
  | { readonly id: number; readonly status: 'still-undecodable'; readonly detail: string };

/** Handles a record that was set aside again, as if it came now; revisions decide what it changes. One that works is gone. */
export class ReplayDeadLetter {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deadLetters: DeadLetters,
    private readonly stitching: StitchBatch,
  ) {}

  async execute(tenant: string, id: number): Promise<ReplayOutcome> {
    const letter = Number.isSafeInteger(id) ? await this.deadLetters.get(id) : undefined;
    if (letter === undefined || !isOf(letter, tenant))
      throw new Fault('not-found', 'There is no dead letter with this id.');
    return this.unitOfWork.publish<ReplayOutcome>(async (transaction) => {
      const effect = await this.stitching.stitch(transaction, [letter.record]);
      const [failure] = effect.deadLetters ?? [];
      if (failure !== undefined) {
        const { detail } = failure;
        return { result: { id, status: 'still-undecodable', detail }, outgoing: [] };
      }
      if (!(await this.deadLetters.remove(transaction, id)))
        throw new Fault('not-found', 'This dead letter has been handled meanwhile.');
      return { result: { id, status: 'handled' }, outgoing: effect.outgoing };
    });
  }
}
