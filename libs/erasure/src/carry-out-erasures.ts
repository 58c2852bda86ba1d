import { parseInstant } from '#contracts';
import type { ErasureRequested } from '#contracts';
import type { RecordBatch } from '#event-log';
import type { Clock } from '#kernel';
import type { UnitOfWork } from '#storage';
import type { Counted, ErasureBook } from './erasure-book.js';
import { doneRecord, readErasures } from './erasure-records.js';
import { Mentions } from './mentions.js';
import type { Reading } from './mentions.js';

/** A store that may hold what is erased, and cannot be reached by a key. */
export interface ErasableStore {
  /** As the receipt names it. */
  readonly store: string;
  /** In pages, in transactions of its own; may run again. Answers how many rows, by erasure. */
  erase(
    mentions: Mentions,
    requests: readonly ErasureRequested[],
  ): Promise<ReadonlyMap<string, number>>;
}

export interface CarryOutOptions {
  readonly book: ErasureBook;
  readonly stores: readonly ErasableStore[];
  readonly reading: Reading;
  readonly clock: Clock;
}

/** What a service does when an erasure is asked for, whatever it has read of the interactions by then. */
export class CarryOutErasures {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly options: CarryOutOptions,
  ) {}

  async execute(batch: RecordBatch): Promise<void> {
    const { book, clock } = this.options;
    const counted = await this.clean(readErasures(batch.records).requested);
    await this.unitOfWork.consume(batch, async (transaction, records) => {
      const news = readErasures(records);
      const { deadLetters } = news;
      const named = [...news.requested, ...news.done].map(({ tenant }) => tenant);
      const tenants = [...new Set(named)].sort();
      if (tenants.length === 0) return { outgoing: [], deadLetters };
      await book.enter(
        transaction,
        tenants.map((tenant) => ({ tenant, isAlone: true })),
      );
      await book.note(transaction, news);
      await book.count(transaction, counted);
      const done = await book.settle(transaction, { tenants, now: clock.now() });
      return { outgoing: done.map(doneRecord), deadLetters };
    });
  }

  private async clean(requests: readonly ErasureRequested[]): Promise<Counted[]> {
    if (requests.length === 0) return [];
    const { book, stores, reading } = this.options;
    await this.unitOfWork.run((transaction) => book.keepNames(transaction, requests));
    const erased = requests.map((request) => ({ ...request, at: parseInstant(request.at) ?? 0 }));
    const mentions = new Mentions(erased, reading);
    const tenantOf = new Map(requests.map(({ erasureId, tenant }) => [erasureId, tenant]));
    const counted: Counted[] = [];
    for (const each of stores) {
      for (const [erasureId, count] of await each.erase(mentions, requests))
        counted.push({
          tenant: tenantOf.get(erasureId) ?? '',
          erasureId,
          store: each.store,
          count,
        });
    }
    return counted;
  }
}
