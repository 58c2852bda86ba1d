/** Conversations from references: a warehouse's `order.shipped` that carries only the order finds its customer. */
import { REFERENCES, referenceConversation } from './interaction-types.js';

/** As long as a conversation may be: data that no class describes is not limited. */
const CONVERSATION_MAX = 200;

/** The conversation that the data refers to; undefined when it refers to nothing usable. */
export function conversationOfData(
  data: Readonly<Record<string, unknown>>,
  isUsable: (id: string) => boolean = (id) => id !== '',
): string | undefined {
  for (const reference of REFERENCES) {
    const id = data[reference];
    const text = typeof id === 'string' ? id.trim().normalize('NFC') : '';
    if (text === '' || !isUsable(text)) continue;
    const conversation = referenceConversation(reference, text);
    if (conversation.length <= CONVERSATION_MAX) return conversation;
  }
  return undefined;
}
