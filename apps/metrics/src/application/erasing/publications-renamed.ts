import type { Transaction } from '#storage';
import type { PublishedBucket } from '../../domain/publication.js';
import { PublicationTables, type DueBucket } from '../publication-ports.js';
import type { ErasedReasons } from './ports.js';

/** The tables of publications; no reason in them names what is erased. */
export class PublicationsRenamed extends PublicationTables {
  constructor(
    private readonly tables: PublicationTables,
    private readonly reasons: ErasedReasons,
  ) {
    super();
  }

  async due(
    transaction: Transaction,
    options: Parameters<PublicationTables['due']>[1],
  ): Promise<readonly DueBucket[]> {
    return this.reasons.renamed(transaction, await this.tables.due(transaction, options));
  }

  record(
    transaction: Transaction,
    settled: readonly DueBucket[],
    published: readonly PublishedBucket[],
  ): Promise<void> {
    return this.tables.record(transaction, settled, published);
  }
}
