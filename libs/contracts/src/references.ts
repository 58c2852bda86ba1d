/** Conversations from references: a warehouse's `order.shipped` that carries only the order finds its customer. */
import { REFERENCES, referenceConversation } from './interaction-types.js';

/** The conversation that the data refers to; undefined when it refers to nothing usable. */
export function conversationOfData(
  data: Readonly<Record<string, unknown>>,
  isUsable: (id: string) => boolean = (id) => id !== '',
): string | undefined {
  for (const reference of REFERENCES) {
    const id = data[reference];
    const text = typeof id === 'string' ? id.trim().normalize('NFC') : '';
    if (text !== '' && isUsable(text)) return referenceConversation(reference, text);
  }
  return undefined;
}
