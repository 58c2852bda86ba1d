import { randomUUID } from 'node:crypto';
import { shownName } from '#kernel';

const WORD = /^[\w.:-]{1,100}$/;
/** UUIDs, trace ids, ULIDs: long enough to be no phone and no card number. */
const RANDOM = /^(?:[0-9a-f-]{20,64}|[0-9a-hjkmnp-tv-z]{26})$/i;

/** The caller's `X-Request-Id`, which goes to answers and logs: a new one when it could be something about a customer, or a key. */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  if (typeof header !== 'string' || !WORD.test(header)) return randomUUID();
  return RANDOM.test(header) || shownName(header) === header ? header : randomUUID();
}
