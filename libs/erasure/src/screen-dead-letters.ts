import type { DeadLetterScreen, Transaction } from '#storage';
import { saidBy } from './erase-dead-letters.js';
import type { Said } from './mentions.js';

/** Which of these, by index, speak of somebody erased; until the end of the transaction nobody else of their tenants is erased. */
export type FindMentioned = (
  transaction: Transaction,
  said: readonly Said[],
) => Promise<ReadonlySet<number>>;

/** What could not be read may come after the erasure of whom it speaks of. */
export function screenDeadLetters(mentioned: FindMentioned): DeadLetterScreen {
  return async (transaction, letters) => {
    const said = letters.map(({ record, detail }) => {
      const whole = saidBy(record);
      return { ...whole, texts: [...whole.texts, detail] };
    });
    const erased = await mentioned(transaction, said);
    return letters.filter((_, index) => !erased.has(index));
  };
}
