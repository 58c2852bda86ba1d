import { HEADER } from '#contracts';
import type { LogRecord } from '#event-log';
import type { Told } from './told.js';

/** People said so: what such a record did is not done again by itself. */
const SAID_BY_PEOPLE: ReadonlySet<string> = new Set(['merge', 'unmerge', 'withdrawal', 'rules']);

/** What a record says of its own key. `keepsValue`: where its newest value is needed. */
export function toldOf(record: LogRecord, { keepsValue = false } = {}): Told {
  const { topic, key, headers, value } = record;
  const revision = Number(headers[HEADER.revision]);
  const cause = headers[HEADER.cause] ?? '';
  const ref = headers[HEADER.causeRef] ?? '';
  return {
    topic,
    key,
    revision,
    isBuried: false,
    value: keepsValue ? value : null,
    reasons: SAID_BY_PEOPLE.has(cause) && ref !== '' ? [{ revision, cause, ref }] : [],
  };
}
