import { HEADER, parseInstant, splitRecordKey } from '#contracts';
import type { LogRecord } from '#event-log';
import type { DeadLetters } from '#storage';
import type { ErasableStore } from './carry-out-erasures.js';
import type { Said } from './mentions.js';

/** Records that could not be read: whatever in them speaks of somebody erased. */
export function eraseDeadLetters(deadLetters: DeadLetters): ErasableStore {
  return {
    store: 'deadLetters',
    async erase(mentions) {
      const counts = new Map<string, number>();
      await deadLetters.erase(({ record, detail }) => {
        const said = saidBy(record);
        const erasureId = mentions.find({ ...said, texts: [...said.texts, detail] });
        if (erasureId === undefined) return false;
        counts.set(erasureId, (counts.get(erasureId) ?? 0) + 1);
        return true;
      });
      return counts;
    },
  };
}

/** All that a record says. By header, else by key: one that cannot be read may have lost either. */
export function saidBy({ headers, key, value, appendedAt }: LogRecord): Said {
  const [tenant = '', ...parts] = splitRecordKey(key);
  return {
    tenant: headers[HEADER.tenant] ?? tenant,
    receivedAt: parseInstant(headers[HEADER.receivedAt] ?? '') ?? appendedAt,
    source: headers[HEADER.interactionSource],
    id: headers[HEADER.interactionId],
    texts: [
      ...parts,
      ...Object.values(headers),
      ...(value === null ? [] : [value.toString('utf8')]),
    ],
  };
}
