import { keyedHash } from '#kernel';
import type { Archive } from '../archive.js';

/** The public name of an identifier: a profile's id while it is the root. */
export function identifierName(
  { secret, tenant }: Pick<Archive, 'secret' | 'tenant'>,
  { type, value }: { readonly type: string; readonly value: string },
): string {
  return keyedHash(secret, 'identifier', tenant, type, value);
}
