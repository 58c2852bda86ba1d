import { Injectable } from '@nestjs/common';
import { HEADER, recordKey, TOPIC } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { Clock, stableHash } from '#kernel';
import { UnitOfWork } from '#storage';
import { kpiNamed } from '../../domain/catalogue/index.js';
import { figureOf } from '../../domain/figure.js';
import { isNews } from '../../domain/publication.js';
import type { PublicationRule, PublishedBucket } from '../../domain/publication.js';
import { PublicationTables } from '../ports.js';
import type { DueBucket } from '../ports.js';

const BATCH_MAX = 1_000;

/** Sends buckets that are due to `kpi.updated` and keeps each publication. */
@Injectable()
export class PublishBuckets {
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
      if (round.due < BATCH_MAX) return published;
    }
  }

  private async round(rule: PublicationRule): Promise<{ due: number; published: number }> {
    const nowMs = this.clock.now();
    return this.unitOfWork.publish(async (transaction) => {
      const due = await this.tables.due(transaction, { rule, nowMs, max: BATCH_MAX });
      const published = due.filter(({ tally, last }) => isNews(tally, last)).map(at(nowMs));
      if (due.length > 0) await this.tables.record(transaction, due, published);
      return {
        result: { due: due.length, published: published.length },
        outgoing: published.map((bucket) => this.recordOf(bucket)),
      };
    });
  }

  private recordOf(bucket: PublishedBucket): OutgoingRecord {
    const { tenant, kpi, version, startMs } = bucket;
    const bucketStart = new Date(startMs).toISOString();
    const names = kpiNamed(kpi)?.dimensions ?? [];
    const topic = TOPIC.kpiUpdated.name;
    const key = recordKey(tenant, kpi, version, bucketStart, ...bucket.dims.slice(0, names.length));
    const revision = this.unitOfWork.revision(bucket.sequence);
    return {
      topic,
      key,
      headers: {
        [HEADER.id]: stableHash(topic, key, revision),
        [HEADER.specVersion]: '1.0',
        [HEADER.type]: topic,
        [HEADER.source]: 'touchline/metrics',
        [HEADER.time]: new Date(bucket.publishedAtMs).toISOString(),
        [HEADER.tenant]: tenant,
        [HEADER.revision]: String(revision),
        [HEADER.cause]: bucket.sequence === 1 ? 'new' : 'update',
      },
      value: bucket.tally.items === 0 ? null : Buffer.from(JSON.stringify(payloadOf(bucket))),
    };
  }
}

const at =
  (publishedAtMs: number) =>
  (bucket: DueBucket): PublishedBucket => ({
    tenant: bucket.tenant,
    kpi: bucket.kpi,
    version: bucket.version,
    startMs: bucket.startMs,
    dims: bucket.dims,
    endMs: bucket.endMs,
    sequence: bucket.publications + 1,
    publishedAtMs,
    tally: bucket.tally,
  });

function payloadOf(bucket: PublishedBucket): Record<string, unknown> {
  const kpi = kpiNamed(bucket.kpi);
  const dims = kpi?.dimensions.map((dimension, index) => [dimension, bucket.dims[index]]) ?? [];
  const figure = kpi === undefined ? {} : figureOf(kpi, { tally: bucket.tally, bins: new Map() });
  return {
    tenant: bucket.tenant,
    kpi: bucket.kpi,
    version: bucket.version,
    unit: kpi?.unit,
    bucketStart: new Date(bucket.startMs).toISOString(),
    bucketEnd: new Date(bucket.endMs).toISOString(),
    dims: Object.fromEntries(dims),
    ...figure,
    percentiles: undefined,
    publishedAt: new Date(bucket.publishedAtMs).toISOString(),
  };
}
