/**
 * What stands where something erased stood (decision 0010). Names are keyed hashes under the installation's secret: equal in
 * every service, and of use only to who holds the secret and the value.
 */
import { keyedHash } from '#kernel';
import type { Identifier } from './interaction.js';
import type { ErasedIdentifier } from './payloads.js';

/** The keyed name of an identifier. */
export type NameOf = (identifier: Identifier) => string;

/** Also the public profile id while the identifier is its profile's root. */
export function nameIdentifier(secret: string, tenant: string, identifier: Identifier): string {
  return keyedHash(secret, 'identifier', tenant, identifier.type, identifier.value);
}

/** What an erased interaction is known by. */
export function nameInteraction(
  secret: string,
  { tenant, source, id }: { readonly tenant: string; readonly source: string; readonly id: string },
): string {
  return keyedHash(secret, 'interaction', tenant, source, id);
}

/** Normalised values start with no blank: nobody can send a ghost. */
const GHOST = ' erased ';

/** The identifier that takes the place of an erased one: same type, a mark for a value. Shown to nobody. */
export function ghostOf(erasureId: string, { type, name }: ErasedIdentifier): Identifier {
  return { type, value: `${GHOST}${erasureId} ${name}` };
}

/** Which erasure made a ghost of it; undefined: it is none. */
export function erasureOf({ value }: Pick<Identifier, 'value'>): string | undefined {
  return value.startsWith(GHOST) ? value.slice(GHOST.length).split(' ')[0] : undefined;
}

/** The name that a ghost had; undefined: it is none. */
export function livingNameOf({ value }: Pick<Identifier, 'value'>): string | undefined {
  return value.startsWith(GHOST) ? value.split(' ').at(-1) : undefined;
}
