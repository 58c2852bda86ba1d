/** Text as it is compared: trimmed, in Unicode normal form C. Idempotent. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

export function normaliseText(text: string): string {
  // Nearly everything is plain ASCII already: the test costs a tenth of trim and normalize.
  return PLAIN.test(text) ? text : text.trim().normalize('NFC').trim();
}
