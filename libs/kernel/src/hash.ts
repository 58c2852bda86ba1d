import { createHmac, hash } from 'node:crypto';

/** Separates the parts, so that ("ab", "c") and ("a", "bc") differ. U+001F is refused in no value, hence the length prefix. */
function joined(parts: readonly (string | number)[]): string {
  return parts.map((part) => `${String(part).length}:${part}`).join('\u001f');
}

/** 128 bits of SHA-256 over the parts as 32 hex digits: ids that must be equal wherever they are computed. */
export function stableHash(...parts: readonly (string | number)[]): string {
  return hash('sha256', joined(parts), 'hex').slice(0, 32);
}

/** Like {@link stableHash}, but only who holds `secret` can compute it (profile ids, erased identifiers). */
export function keyedHash(secret: string, ...parts: readonly (string | number)[]): string {
  return createHmac('sha256', secret).update(joined(parts)).digest('hex').slice(0, 32);
}
