/**
 * The id of an interaction that came without one: equal content gives equal ids, so that sending a file twice adds nothing,
 * and the ordinal tells apart records that are identical on purpose (two equal purchases on one day). Content is what was
 * posted but `sentAt`, which a client renews when it tries again.
 */
import { canonicalJson, stableHash } from '#kernel';

/** How often each content came so far, in one request or file. Holds one entry a distinct content. */
export class Ordinals {
  readonly #seen = new Map<string, number>();

  /** 0 for the first of its kind. */
  next(content: string): number {
    const ordinal = this.#seen.get(content) ?? 0;
    this.#seen.set(content, ordinal + 1);
    return ordinal;
  }
}

export function deriveInteractionId(
  posted: Readonly<Record<string, unknown>>,
  ordinals: Ordinals,
): string {
  const content = stableHash(canonicalJson({ ...posted, id: undefined, sentAt: undefined }));
  return stableHash('derived', content, ordinals.next(content));
}
