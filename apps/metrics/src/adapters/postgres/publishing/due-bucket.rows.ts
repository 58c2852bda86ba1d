import type { Transaction } from '#storage';
import { bucketText } from '../../../domain/contribution.js';
import type { BucketKey } from '../../../domain/contribution.js';
import { boundedCauses, CAUSES_MAX } from '../../../domain/cause.js';
import type { CountedCause } from '../../../domain/cause.js';
import type { Measurement } from '../../../domain/figure.js';
import type { Bins } from '../../../domain/histogram.js';
import {
  BUCKET_COLUMNS,
  BUCKET_UNNEST,
  bucketCells,
  bucketKeyOf,
  columns,
  COUNTER_COLUMNS,
  sameBucket,
  tallyOf,
} from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';

/**
 * What belongs to locked buckets. Read by statements of their own, after the lock: one statement that locks and joins would
 * see the new counters of a row that it had to wait for, and the old histogram beside them.
 */
export type ByBucket<Value> = ReadonlyMap<string, Value>;

const KEYS = `unnest(${BUCKET_UNNEST}) AS c (${BUCKET_COLUMNS})`;

export async function binsOfBuckets(
  transaction: Transaction,
  keys: readonly BucketKey[],
): Promise<ByBucket<Bins>> {
  const rows = await transaction.query<BucketRow & { bins: [number, number][] }>(
    `SELECT ${qualified('h')}, json_agg(json_build_array(h.bin, h.count) ORDER BY h.bin) AS bins
     FROM histogram h JOIN ${KEYS} ON ${sameBucket('h', 'c')} WHERE h.count <> 0 GROUP BY ${qualified('h')}`,
    columns(keys, bucketCells),
  );
  return new Map(rows.map((row) => [bucketText(bucketKeyOf(row)), new Map(row.bins)]));
}

type LastRow = BucketRow & TallyRow & { published_at_ms: number; bins: [number, number][] };

export async function lastPublications(
  transaction: Transaction,
  published: readonly (BucketKey & { readonly publications: number })[],
): Promise<ByBucket<Measurement & { readonly publishedAtMs: number }>> {
  if (published.length === 0) return new Map();
  const rows = await transaction.query<LastRow>(
    `SELECT ${qualified('p')}, ${COUNTER_COLUMNS}, p.published_at_ms, p.bins
     FROM publication p JOIN unnest(${BUCKET_UNNEST}, $9::int[]) AS c (${BUCKET_COLUMNS}, sequence)
       ON ${sameBucket('p', 'c')} AND p.sequence = c.sequence`,
    columns(published, (bucket) => [...bucketCells(bucket), bucket.publications]),
  );
  return new Map(
    rows.map((row) => [
      bucketText(bucketKeyOf(row)),
      { tally: tallyOf(row), bins: new Map(row.bins), publishedAtMs: row.published_at_ms },
    ]),
  );
}

/** The most frequent ones, bounded in the database: a reprocessing may name a hundred thousand. */
export async function causesOfBuckets(
  transaction: Transaction,
  published: readonly BucketKey[],
): Promise<ByBucket<CountedCause[]>> {
  if (published.length === 0) return new Map();
  const rows = await transaction.query<BucketRow & { total: string; top: CountedCause[] }>(
    `SELECT ${BUCKET_COLUMNS}, sum(count) AS total,
       json_agg(json_build_object('cause', cause, 'ref', ref, 'count', count) ORDER BY place) FILTER (WHERE place <= $9::int) AS top
     FROM (SELECT ${qualified('b')}, cause, ref, count,
             row_number() OVER (PARTITION BY ${qualified('b')} ORDER BY count DESC, cause, ref) AS place
           FROM bucket_cause b JOIN ${KEYS} ON ${sameBucket('b', 'c')}) ranked
     GROUP BY ${BUCKET_COLUMNS}`,
    [...columns(published, bucketCells), CAUSES_MAX],
  );
  return new Map(
    rows.map((row) => [bucketText(bucketKeyOf(row)), boundedCauses(row.top, Number(row.total))]),
  );
}

export async function forgetCauses(
  transaction: Transaction,
  settled: readonly BucketKey[],
): Promise<void> {
  await transaction.query(
    `DELETE FROM bucket_cause b USING ${KEYS} WHERE ${sameBucket('b', 'c')}`,
    columns(settled, bucketCells),
  );
}

function qualified(alias: string): string {
  return BUCKET_COLUMNS.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}
