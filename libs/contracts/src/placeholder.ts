/**
 * Values that systems write when they have none: as an identifier or a conversation such a value would tie strangers together.
 * Case, quotes and white space around do not matter, and anything of zeros and punctuation only (`0`, `--`, iOS' zero UUID) is
 * a placeholder too. The list is what is shipped; a tenant's identity rules may block more.
 */
export const PLACEHOLDERS: readonly string[] = [
  'null',
  'undefined',
  'none',
  'nan',
  'n/a',
  'anonymous',
  'guest',
  'unknown',
  'true',
  'false',
  '[object object]',
  'test@test.com',
];

const SHIPPED: ReadonlySet<string> = new Set(PLACEHOLDERS);
const QUOTES = /^["'`‘’“”]+|["'`‘’“”]+$/gu;
const NOTHING = /^[0\p{P}\p{S}\s]*$/u;

/** `blocked`: literals in lower case. */
export function isPlaceholder(value: string, blocked: ReadonlySet<string> = SHIPPED): boolean {
  const bare = value.trim().replace(QUOTES, '').trim();
  return NOTHING.test(bare) || blocked.has(bare.toLowerCase());
}
