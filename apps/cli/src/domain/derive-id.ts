import { canonicalJson, Fault, stableHash } from '#kernel';
import type { Draft } from './map-record.js';

/**
 * Ids of records that have none: from the content and the ordinal among identical records of the whole file, so that two
 * equal purchases are two, the same file again adds nothing, and a file less one line has one less. The content is taken
 * before dates are shifted: an import of tomorrow gives the same ids.
 */
export class Ordinals {
  private readonly seen = new Map<string, number>();

  /** About 100 bytes a distinct record: 5 million need 0.5 GB. */
  constructor(private readonly distinctMax = 5_000_000) {}

  /** The draft with its id: its own, else one derived from the content. Call once a record, in file order. */
  identify(draft: Draft): Draft {
    if (draft['id'] !== undefined && draft['id'] !== null && draft['id'] !== '') return draft;
    const { id: _, ...content } = draft;
    const hash = stableHash(canonicalJson(content));
    const ordinal = this.seen.get(hash) ?? 0;
    if (ordinal === 0 && this.seen.size >= this.distinctMax) {
      throw new Fault(
        'invalid-parameter',
        `more than ${this.distinctMax} records without an id: map an id column or split the file`,
      );
    }
    this.seen.set(hash, ordinal + 1);
    return { ...content, id: stableHash('import', hash, ordinal) };
  }
}
