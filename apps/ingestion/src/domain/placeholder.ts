/**
 * Values that systems write when they have none. As a conversation such a value would tie strangers together. Quoted forms,
 * any case, and anything of zeros and punctuation only (`0`, `--`, iOS' zero UUID) are placeholders too.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  '',
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
]);
const QUOTED = /^(["'`])(.*)\1$/su;
const NOTHING = /^[0\p{P}\p{S}\s]*$/u;

export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  const bare = (QUOTED.exec(text)?.[2] ?? text).trim().toLowerCase();
  return PLACEHOLDERS.has(bare) || NOTHING.test(bare);
}
