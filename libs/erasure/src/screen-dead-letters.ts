import type { DeadLetterScreen } from '#storage';
import type { ErasureBook } from './erasure-book.js';
import { saidBy } from './erase-dead-letters.js';
import type { Reading } from './mentions.js';

/** What could not be read may come after the erasure of whom it speaks of. */
export function screenDeadLetters(book: ErasureBook, reading: Reading): DeadLetterScreen {
  return async (transaction, letters) => {
    const said = letters.map(({ record, detail }) => {
      const whole = saidBy(record);
      return { ...whole, texts: [...whole.texts, detail] };
    });
    const erased = await book.mentioned(transaction, said, reading);
    return letters.filter((_, index) => !erased.has(index));
  };
}
