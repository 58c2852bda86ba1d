import { deriveInteractionId, Ordinals } from '#contracts';
import { Fault } from '#kernel';
import type { Draft } from './map-record.js';

/**
 * Ids of records that have none: from the content and the ordinal among identical records of the whole file, so that two
 * equal purchases are two, the same file again adds nothing, and a file less one line has one less. The content is taken
 * before dates are shifted: an import of tomorrow gives the same ids.
 */
export class DerivedIds {
  private readonly ordinals = new Ordinals();
  private derived = 0;

  /** About 100 bytes a record without an id: 5 million need 0.5 GB. */
  constructor(private readonly derivedMax = 5_000_000) {}

  /** The draft with its id: its own, else one derived from the content. Call once a record, in file order. */
  identify(draft: Draft): Draft {
    if (draft['id'] !== undefined && draft['id'] !== null && draft['id'] !== '') return draft;
    this.derived++;
    if (this.derived > this.derivedMax) {
      const detail = `more than ${this.derivedMax} records without an id: map an id column or split the file`;
      throw new Fault('invalid-parameter', detail);
    }
    return { ...draft, id: deriveInteractionId(draft, this.ordinals) };
  }
}
