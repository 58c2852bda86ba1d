import { Injectable } from '@nestjs/common';
import type { OutgoingRecord } from '#event-log';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import { isNews, publishedAt } from '../../domain/publication.js';
import type { PublicationRule, PublishedBucket } from '../../domain/publication.js';
import { PublicationTables } from '../publication-ports.js';
import type { DueBucket } from '../publication-ports.js';
import { correctedRecord, updatedRecord } from './kpi-records.js';

const BATCH_MAX = 1_000;

interface News {
  readonly due: DueBucket;
  readonly published: PublishedBucket;
}

interface Round {
  readonly due: number;
  readonly published: number;
  readonly corrected: number;
}

/** Sends buckets that are due to `kpi.updated`, corrections of published ones to `kpi.corrected` too, and keeps each publication. */
@Injectable()
export class PublishBuckets {
  /** What this process published so far. */
  readonly counts = { publications: 0, corrections: 0 };

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tables: PublicationTables,
    private readonly clock: Clock,
  ) {}

  /** Publishes until nothing is due; returns how many. */
  async execute(rule: PublicationRule): Promise<number> {
    let published = 0;
    for (;;) {
      const round = await this.round(rule);
      published += round.published;
      this.counts.publications += round.published;
      this.counts.corrections += round.corrected;
      if (round.due < BATCH_MAX) return published;
    }
  }

  private async round(rule: PublicationRule): Promise<Round> {
    const nowMs = this.clock.now();
    return this.unitOfWork.publish(async (transaction) => {
      const due = await this.tables.due(transaction, { rule, nowMs, max: BATCH_MAX });
      const news = due.filter((bucket) => isNews(bucket, bucket.last)).map(at(nowMs));
      const published = news.map((each) => each.published);
      if (due.length > 0) await this.tables.record(transaction, due, published);
      const corrected = news.filter((each) => each.due.last !== undefined).length;
      return {
        result: { due: due.length, published: news.length, corrected },
        outgoing: news.flatMap((each) => this.recordsOf(each)),
      };
    });
  }

  private recordsOf({ due, published }: News): OutgoingRecord[] {
    const kpi = due.definition;
    const revision = this.unitOfWork.revision(published.sequence);
    const updated = updatedRecord(kpi, published, revision);
    if (due.last === undefined) return [updated];
    return [updated, correctedRecord(kpi, published, { old: due.last, revision })];
  }
}

const at =
  (nowMs: number) =>
  ({ publications, last, definition, ...bucket }: DueBucket): News => ({
    due: { ...bucket, publications, last, definition },
    published: {
      ...bucket,
      sequence: publications + 1,
      publishedAtMs: publishedAt(nowMs, last?.publishedAtMs),
    },
  });
