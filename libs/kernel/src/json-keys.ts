/**
 * V8 of Node 24 (not of 20) misreads keys: once it has parsed an object with the key `a\`, it reads the key `aé` that is written
 * `"a\u00e9"` in another object of the same shape as `a\`. Texts come from everybody and shapes are shared, so one sender
 * could rename what another sends. A text with such a key is therefore never given to JSON.parse.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACES = ' \t\r\n';
const CANDIDATE = /(?:\\\\|\\u005c)"\s*:/i;

/** Whether the JSON string whose closing quote stands at `quote` is a key that may end in a backslash (it may also end in `\\u005c`, to be safe). */
export function isKeyEndingInBackslash(text: string, quote: number): boolean {
  return endsInBackslash(text, quote) && isBeforeColon(text, quote + 1);
}

/** Of a text that may be malformed. About 1 ns a character; slower only where something looks like such a key. */
export function hasKeyEndingInBackslash(text: string): boolean {
  if (!CANDIDATE.test(text)) return false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    at = closingQuote(text, at);
    if (isKeyEndingInBackslash(text, at)) return true;
  }
  return false;
}

function endsInBackslash(text: string, quote: number): boolean {
  const last = text.charCodeAt(quote - 1);
  if (last === BACKSLASH) return true;
  return (last | 0x20) === 0x63 && text.slice(quote - 6, quote).toLowerCase() === '\\u005c';
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from;
  while (SPACES.includes(text.charAt(at)) && at < text.length) at += 1;
  return text.charAt(at) === ':';
}

/** Offset of the quote that ends the string that begins at `open`; the end of the text when none does. */
function closingQuote(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE)
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return Math.min(at, text.length);
}
