import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { PublicationTables } from '../../../application/ports.js';
import type { DueBucket } from '../../../application/ports.js';
import { bucketText } from '../../../domain/contribution.js';
import type { BucketKey } from '../../../domain/contribution.js';
import type { PublicationRule, PublishedBucket } from '../../../domain/publication.js';
import {
  BUCKET_COLUMNS,
  BUCKET_UNNEST,
  bucketCells,
  bucketKeyOf,
  columns,
  COUNTER_COLUMNS,
  tallyCells,
  tallyOf,
} from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';

interface DueRow extends BucketRow, TallyRow {
  readonly end_ms: number;
  readonly publications: number;
  readonly last: { readonly [counter in keyof TallyRow]: string } | null;
}

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
    const { rule, nowMs, max } = options;
    const rows = await transaction.query<DueRow>(
      `SELECT ${BUCKET_COLUMNS}, end_ms, ${COUNTER_COLUMNS}, publications,
         (SELECT json_build_object('items', p.items::text, 'provisional', p.provisional::text, 'n', p.n::text,
                                   'numerator', p.numerator::text, 'squares', p.squares::text)
          FROM publication p
          WHERE p.tenant = b.tenant AND p.kpi = b.kpi AND p.version = b.version AND p.start_ms = b.start_ms
            AND p.dim1 = b.dim1 AND p.dim2 = b.dim2 AND p.dim3 = b.dim3 AND p.dim4 = b.dim4 AND p.sequence = b.publications
         ) AS last
       FROM bucket b WHERE dirty_since_ms IS NOT NULL AND ${DUE_AT} <= $1::bigint
       ORDER BY dirty_since_ms LIMIT $7::int FOR UPDATE OF b SKIP LOCKED`,
      [
        nowMs,
        rule.graceMs,
        rule.quietMs,
        rule.quietMaxMs,
        rule.againQuietMs,
        rule.againEveryMs,
        max,
      ],
    );
    return rows.map((row) => ({
      ...bucketKeyOf(row),
      endMs: row.end_ms,
      tally: tallyOf(row),
      publications: row.publications,
      last: row.last === null ? undefined : tallyOf(row.last),
    }));
  }

  async record(
    transaction: Transaction,
    settled: readonly DueBucket[],
    published: readonly PublishedBucket[],
  ): Promise<void> {
    await this.settle(transaction, settled, published);
    if (published.length === 0) return;
    await transaction.query(
      `INSERT INTO publication (${BUCKET_COLUMNS}, sequence, published_at_ms, end_ms, ${COUNTER_COLUMNS})
       SELECT * FROM unnest(${BUCKET_UNNEST}, $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                            $14::bigint[], $15::numeric[], $16::numeric[])`,
      columns(published, (bucket) => [
        ...bucketCells(bucket),
        bucket.sequence,
        bucket.publishedAtMs,
        bucket.endMs,
        ...tallyCells(bucket.tally),
      ]),
    );
  }

  /** Clean again; those without news keep their last publication. The rows are locked since `due`. */
  private async settle(
    transaction: Transaction,
    settled: readonly DueBucket[],
    published: readonly PublishedBucket[],
  ): Promise<void> {
    const publishedAt = new Map(published.map((bucket) => [keyText(bucket), bucket.publishedAtMs]));
    await transaction.query(
      `UPDATE bucket b SET dirty_since_ms = NULL,
         publications = b.publications + CASE WHEN c.published_at_ms IS NULL THEN 0 ELSE 1 END,
         published_at_ms = coalesce(c.published_at_ms, b.published_at_ms)
       FROM unnest(${BUCKET_UNNEST}, $9::bigint[]) AS c (${BUCKET_COLUMNS}, published_at_ms)
       WHERE b.tenant = c.tenant AND b.kpi = c.kpi AND b.version = c.version AND b.start_ms = c.start_ms
         AND b.dim1 = c.dim1 AND b.dim2 = c.dim2 AND b.dim3 = c.dim3 AND b.dim4 = c.dim4`,
      columns(settled, (bucket) => [
        ...bucketCells(bucket),
        publishedAt.get(keyText(bucket)) ?? null,
      ]),
    );
  }
}

function keyText(bucket: BucketKey): string {
  return bucketText(bucket);
}
