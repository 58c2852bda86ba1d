import type { Transaction } from '#storage';
import type { BucketKey } from '../domain/contribution.js';
import type { CountedCause } from '../domain/cause.js';
import type { Measurement } from '../domain/figure.js';
import type { KpiDefinition } from '../domain/kpi.js';
import type { PublicationRule, PublishedBucket } from '../domain/publication.js';
import type { Span } from '../domain/window.js';
import type { Filter } from './ports.js';

/** A bucket that changed since it was published last, or never was. */
export interface DueBucket extends BucketKey, Measurement {
  readonly endMs: number;
  /** How often it was published. */
  readonly publications: number;
  readonly last: (Measurement & { readonly publishedAtMs: number }) | undefined;
  readonly causes: readonly CountedCause[];
  readonly definition: KpiDefinition;
}

export abstract class PublicationTables {
  /** Locks buckets of definitions in force that are due by the rule; those that others hold are left for later. */
  abstract due(
    transaction: Transaction,
    options: { rule: PublicationRule; nowMs: number; max: number },
  ): Promise<readonly DueBucket[]>;
  abstract record(
    transaction: Transaction,
    settled: readonly DueBucket[],
    published: readonly PublishedBucket[],
  ): Promise<void>;
}

/** Two successive publications of a bucket. */
export interface Correction extends BucketKey {
  /** Of the later one; from 2 on. */
  readonly sequence: number;
  readonly atMs: number;
  readonly old: Measurement;
  readonly new: Measurement;
  readonly causes: readonly CountedCause[];
  /** Of its version. */
  readonly definition: KpiDefinition;
}

/** Where a listing of corrections goes on. */
export type CorrectionPosition = Pick<Correction, 'atMs' | 'version' | 'startMs' | 'dims'>;

export interface CorrectionQuery {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  /** Starts of buckets. */
  readonly span: Span;
  readonly filters: readonly Filter[];
  readonly after?: CorrectionPosition;
  readonly limit: number;
}

/** The ledger, newest first. */
export abstract class CorrectionLedger {
  abstract corrections(query: CorrectionQuery): Promise<readonly Correction[]>;
}
