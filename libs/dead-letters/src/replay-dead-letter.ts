import type { BatchHandlers } from '#event-log';
import { Fault, isFault } from '#kernel';
import { OUTBOX_GROUP, type DeadLetters, type StoredDeadLetter, type UnitOfWork } from '#storage';
import { isOf } from './read-dead-letters.js';

export type ReplayOutcome =
  | { readonly id: number; readonly status: 'handled' }
  | {
      readonly id: number;
      readonly status: 'still-fails';
      readonly code: string;
      readonly detail: string;
    };

const GONE = 'There is no dead letter with this id.';

/** Handles a record that was set aside again, as if it came now; revisions decide what it changes. One that works is gone. */
export class ReplayDeadLetter {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deadLetters: DeadLetters,
    private readonly handlers: BatchHandlers,
  ) {}

  /** Throws `not-found`, and what says that the surroundings fail: those are tried again as they are. */
  async execute(tenant: string, id: number): Promise<ReplayOutcome> {
    const letter = Number.isSafeInteger(id) ? await this.deadLetters.get(id) : undefined;
    if (letter === undefined || !isOf(letter, tenant)) throw new Fault('not-found', GONE);
    if (letter.group === OUTBOX_GROUP) {
      await this.sendAgain(letter);
      return { id, status: 'handled' };
    }
    try {
      await this.handle(letter);
      return { id, status: 'handled' };
    } catch (error) {
      if (isFault(error) && (error.isRetriable || error.code === 'not-found')) throw error;
      return { id, status: 'still-fails', ...causeOf(error) };
    }
  }

  private async handle({ id, group, record }: StoredDeadLetter): Promise<void> {
    const handle = this.handlers.of(group);
    if (handle === undefined)
      throw new Fault('unavailable', `No consumer of group ${group} runs here.`, {
        retriable: true,
      });
    await handle({ group, incarnation: '', records: [record], redelivers: id });
  }

  private async sendAgain({ id, record }: StoredDeadLetter): Promise<void> {
    const { topic, key, headers, value } = record;
    await this.unitOfWork.publish(async (transaction) => {
      if (!(await this.deadLetters.remove(transaction, id))) throw new Fault('not-found', GONE);
      return { result: undefined, outgoing: [{ topic, key, headers, value }] };
    });
  }
}

function causeOf(error: unknown): { readonly code: string; readonly detail: string } {
  if (isFault(error)) return { code: error.code, detail: error.message };
  // Not the text of it: it may quote the record.
  return { code: 'internal', detail: error instanceof Error ? error.name : 'unknown' };
}
