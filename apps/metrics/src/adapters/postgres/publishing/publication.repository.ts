import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { PublicationTables } from '../../../application/publication-ports.js';
import type { DueBucket } from '../../../application/publication-ports.js';
import { bucketText } from '../../../domain/contribution.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import type { PublicationRule, PublishedBucket } from '../../../domain/publication.js';
import {
  binsText,
  BUCKET_COLUMNS,
  BUCKET_UNNEST,
  bucketCells,
  bucketKeyOf,
  columns,
  COUNTER_COLUMNS,
  sameBucket,
  tallyCells,
  tallyOf,
} from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';
import {
  binsOfBuckets,
  causesOfBuckets,
  forgetCauses,
  lastPublications,
} from './due-bucket.rows.js';

type LockedRow = BucketRow &
  TallyRow & {
    readonly end_ms: number;
    readonly publications: number;
    readonly definition: KpiDefinition;
  };

/** `dueAt` of domain/publication.ts, in SQL; an integration test holds the two together. */
const DUE_AT = `greatest(
  CASE WHEN published_at_ms IS NULL THEN end_ms + $2::bigint ELSE published_at_ms + $6::bigint END,
  least(changed_at_ms + CASE WHEN published_at_ms IS NULL THEN $3::bigint ELSE $5::bigint END, dirty_since_ms + $4::bigint))`;

@Injectable()
export class PostgresPublicationTables extends PublicationTables {
  async due(
    transaction: Transaction,
    options: { rule: PublicationRule; nowMs: number; max: number },
  ): Promise<readonly DueBucket[]> {
    const locked = await lockDue(transaction, options);
    if (locked.length === 0) return [];
    const published = locked.filter(({ publications }) => publications > 0);
    const bins = await binsOfBuckets(transaction, locked);
    const last = await lastPublications(transaction, published);
    const causes = await causesOfBuckets(transaction, published);
    return locked.map((bucket) => {
      const text = bucketText(bucket);
      const own = { bins: bins.get(text) ?? new Map(), last: last.get(text) };
      return { ...bucket, ...own, causes: causes.get(text) ?? [] };
    });
  }

  async record(
    transaction: Transaction,
    settled: readonly DueBucket[],
    published: readonly PublishedBucket[],
  ): Promise<void> {
    await settle(transaction, settled, published);
    await forgetCauses(transaction, settled);
    if (published.length === 0) return;
    await transaction.query(
      `INSERT INTO publication (${BUCKET_COLUMNS}, sequence, published_at_ms, end_ms, ${COUNTER_COLUMNS}, bins, causes)
       SELECT ${BUCKET_COLUMNS}, sequence, published_at_ms, end_ms, ${COUNTER_COLUMNS}, bins::jsonb, causes::jsonb
       FROM unnest(${BUCKET_UNNEST}, $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                   $14::bigint[], $15::numeric[], $16::numeric[], $17::text[], $18::text[])
         AS c (${BUCKET_COLUMNS}, sequence, published_at_ms, end_ms, ${COUNTER_COLUMNS}, bins, causes)`,
      columns(published, (bucket) => [
        ...bucketCells(bucket),
        bucket.sequence,
        bucket.publishedAtMs,
        bucket.endMs,
        ...tallyCells(bucket.tally),
        binsText(bucket.bins),
        JSON.stringify(bucket.causes),
      ]),
    );
  }
}

async function lockDue(
  transaction: Transaction,
  { rule, nowMs, max }: { rule: PublicationRule; nowMs: number; max: number },
): Promise<Omit<DueBucket, 'bins' | 'last' | 'causes'>[]> {
  const { graceMs, quietMs, quietMaxMs, againQuietMs, againEveryMs } = rule;
  const rows = await transaction.query<LockedRow>(
    `SELECT b.*, d.body AS definition FROM bucket b
       JOIN definition d ON d.tenant = b.tenant AND d.kpi = b.kpi AND d.version = b.version
         AND d.since_ms IS NOT NULL AND d.until_ms IS NULL
     WHERE dirty_since_ms IS NOT NULL AND ${DUE_AT} <= $1::bigint
     ORDER BY dirty_since_ms LIMIT $7::int FOR UPDATE OF b SKIP LOCKED`,
    [nowMs, graceMs, quietMs, quietMaxMs, againQuietMs, againEveryMs, max],
  );
  return rows.map((row) => ({
    ...bucketKeyOf(row),
    endMs: row.end_ms,
    tally: tallyOf(row),
    publications: row.publications,
    definition: row.definition,
  }));
}

/** Clean again; those without news keep their last publication. The rows are locked since `due`. */
async function settle(
  transaction: Transaction,
  settled: readonly DueBucket[],
  published: readonly PublishedBucket[],
): Promise<void> {
  const publishedAt = new Map(published.map((bucket) => [bucketText(bucket), bucket]));
  await transaction.query(
    `UPDATE bucket b SET dirty_since_ms = NULL,
       publications = b.publications + CASE WHEN c.published_at_ms IS NULL THEN 0 ELSE 1 END,
       published_at_ms = coalesce(c.published_at_ms, b.published_at_ms)
     FROM unnest(${BUCKET_UNNEST}, $9::bigint[]) AS c (${BUCKET_COLUMNS}, published_at_ms)
     WHERE ${sameBucket('b', 'c')}`,
    columns(settled, (bucket) => [
      ...bucketCells(bucket),
      publishedAt.get(bucketText(bucket))?.publishedAtMs ?? null,
    ]),
  );
}
