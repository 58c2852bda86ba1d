import { doneRecord, type Counted } from '#erasure';
import type { LogRecord, RecordBatch } from '#event-log';
import type { Clock } from '#kernel';
import { Distribution } from '#runtime';
import type { BatchEffect, Transaction, UnitOfWork } from '#storage';
import type { Folding } from '../domain/checkpoint.js';
import { FOLDING } from '../domain/derive.js';
import { decodeRecords } from './decode-records.js';
import { DeriveTouched, type Derivation } from './derive-touched.js';
import { FileArrivals } from './file-arrivals.js';
import type { FoldCounts } from './fold-touched.js';
import type { Arrival, JourneyStores } from './ports.js';
import { PublishFacts } from './publish-facts.js';

const MS_A_SECOND = 1_000;
const SECONDS = [
  0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200,
];

/**
 * One batch, one transaction: file what arrived, derive what that touched, write and publish the differences. The number of
 * statements does not depend on the number of records. Locks in order: contents, filings, profiles, facts.
 */
export class StitchBatch {
  /** Seconds from the receipt of an interaction to the commit that put it on its timeline. */
  readonly delays = new Distribution(SECONDS);
  private readonly filing: FileArrivals;
  private readonly derivation: DeriveTouched;
  private readonly publication: PublishFacts;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stores: JourneyStores,
    private readonly clock: Clock,
    folding: Folding = FOLDING,
  ) {
    this.filing = new FileArrivals(stores);
    this.derivation = new DeriveTouched(stores, folding);
    this.publication = new PublishFacts(stores.facts, clock);
  }

  /** How sequential facts were folded so far. */
  get foldCounts(): FoldCounts {
    return this.derivation.counts;
  }

  async execute(batch: RecordBatch): Promise<void> {
    await this.unitOfWork.consume(batch, (transaction, records) =>
      this.stitch(transaction, records),
    );
  }

  /** In a transaction of the caller: a batch, or a record handled again. */
  async stitch(transaction: Transaction, records: readonly LogRecord[]): Promise<BatchEffect> {
    const batch = decodeRecords(records);
    const { thresholds } = batch;
    if (thresholds.length > 0)
      await this.stores.thresholds.bringIntoForce(transaction, thresholds, this.clock.now());
    const { touched, erased } = await this.filing.execute(transaction, batch);
    const derived = await this.derivation.execute(transaction, touched);
    const revision = this.unitOfWork.revision(derived.counter);
    const outgoing = await this.publication.execute(transaction, derived, revision);
    await this.stores.profiles.write(transaction, [...touched.profiles.values()]);
    const done =
      erased.length === 0
        ? []
        : await this.stores.erasures.settle(
            transaction,
            [...erased, ...erasedFacts(derived)],
            this.clock.now(),
          );
    return {
      outgoing: [...outgoing, ...done.map(doneRecord)],
      deadLetters: batch.deadLetters,
      committed: () => this.filed(batch.arrivals),
    };
  }

  private filed(arrivals: readonly Arrival[]): void {
    const now = this.clock.now();
    for (const { receivedAt } of arrivals)
      this.delays.observe(Math.max(0, now - receivedAt) / MS_A_SECOND);
  }
}

function erasedFacts({ changes }: Derivation): Counted[] {
  return changes
    .filter(({ reason }) => reason.cause === 'erasure')
    .map(({ fact, reason }) => ({
      tenant: fact.tenant,
      erasureId: reason.ref,
      store: 'facts',
      count: 1,
    }));
}
