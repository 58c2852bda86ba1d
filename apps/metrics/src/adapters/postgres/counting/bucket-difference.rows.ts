import type { Transaction } from '#storage';
import type { DifferencePage, DifferenceQuery } from '../../../application/ports.js';
import { bucketText } from '../../../domain/contribution.js';
import type { BucketKey } from '../../../domain/contribution.js';
import type { BucketDifference } from '../../../domain/bucket-difference.js';
import { EMPTY_TALLY } from '../../../domain/tally.js';
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

/** What one page spans, from its first bucket on. */
const PAGE_MS = 7 * 24 * 3_600_000;

/** The shadow's counters count, those that stand are taken off: `$3` is the version in force. */
const SIGN = 'CASE WHEN version < 0 THEN 1 ELSE -1 END';
const PAGE =
  'tenant = $1 AND kpi = $2 AND version IN ($3::int, -$3::int) AND start_ms >= $4::bigint AND start_ms < $5::bigint';
const PLACE = 'tenant, kpi, start_ms, dim1, dim2, dim3, dim4';
const SUMS = ['items', 'provisional', 'n', 'numerator', 'squares'];

type TallyDifference = BucketRow & TallyRow & { stands: boolean; is_counted: boolean };
type BinDifference = BucketRow & { bins: [number, number][] };

/** Each of its statements sees a bucket and its shadow as of one instant, so batches in between do no harm. */
export async function differences(
  transaction: Transaction,
  { tenant, kpi, fromMs }: DifferenceQuery,
): Promise<DifferencePage> {
  const named = [tenant, kpi.name, kpi.version];
  const startMs = await firstFrom(transaction, named, fromMs);
  if (startMs === undefined) return { differences: [], nextMs: undefined };
  const page = [...named, startMs, startMs + PAGE_MS];
  const tallies = await transaction.query<TallyDifference>(
    `SELECT ${PLACE}, 0 AS version, ${SUMS.map((sum) => `sum(${SIGN} * ${sum}) AS ${sum}`).join(', ')},
       bool_or(version > 0 AND items <> 0) AS stands, bool_or(version < 0 AND items <> 0) AS is_counted
     FROM bucket WHERE ${PAGE} GROUP BY ${PLACE}
     HAVING ${SUMS.map((sum) => `sum(${SIGN} * ${sum}) <> 0`).join(' OR ')}`,
    page,
  );
  const bins = await transaction.query<BinDifference>(
    `SELECT ${PLACE}, 0 AS version, json_agg(json_build_array(bin, count)) AS bins FROM (
       SELECT ${PLACE}, bin, sum(${SIGN} * count) AS count FROM histogram WHERE ${PAGE}
       GROUP BY ${PLACE}, bin HAVING sum(${SIGN} * count) <> 0) h
     GROUP BY ${PLACE}`,
    page,
  );
  return { differences: joined(tallies, bins), nextMs: startMs + PAGE_MS };
}

/** Or the next publication of the bucket would be its first once more. */
export async function restorePublished(
  transaction: Transaction,
  buckets: readonly BucketKey[],
  nowMs: number,
): Promise<void> {
  const key = BUCKET_COLUMNS.split(', ')
    .map((column) => `p.${column}`)
    .join(', ');
  await transaction.query(
    `INSERT INTO bucket (${BUCKET_COLUMNS}, end_ms, ${COUNTER_COLUMNS}, changed_at_ms, published_at_ms, publications)
     SELECT DISTINCT ON (${key}) ${key}, p.end_ms, 0, 0, 0, 0, 0, $9::bigint, p.published_at_ms, p.sequence
     FROM publication p JOIN unnest(${BUCKET_UNNEST}) AS c (${BUCKET_COLUMNS}) ON ${sameBucket('p', 'c')}
     ORDER BY ${key}, p.sequence DESC ON CONFLICT DO NOTHING`,
    [...columns(buckets, bucketCells), nowMs],
  );
}

/** Start of the first bucket from an instant on, standing or counted. */
async function firstFrom(
  transaction: Transaction,
  named: readonly unknown[],
  fromMs: number,
): Promise<number | undefined> {
  const first = (table: string, version: string): string =>
    `(SELECT start_ms FROM ${table} WHERE tenant = $1 AND kpi = $2 AND version = ${version} AND start_ms >= $4::bigint
      ORDER BY start_ms LIMIT 1)`;
  const [row] = await transaction.query<{ first: number | null }>(
    `SELECT least(${['bucket', 'histogram'].flatMap((table) => [first(table, '$3::int'), first(table, '-$3::int')]).join(', ')}) AS first`,
    [...named, fromMs],
  );
  return row?.first ?? undefined;
}

/** A bucket may differ in its counters, its histogram or both. */
function joined(
  tallies: readonly TallyDifference[],
  bins: readonly BinDifference[],
): BucketDifference[] {
  const found = new Map<string, BucketDifference>();
  for (const row of tallies) {
    const { startMs, dims } = bucketKeyOf(row);
    const { stands, is_counted: isCounted } = row;
    const difference = { startMs, dims, tally: tallyOf(row), bins: new Map(), stands, isCounted };
    found.set(bucketText(bucketKeyOf(row)), difference);
  }
  for (const row of bins) {
    const { startMs, dims } = bucketKeyOf(row);
    const text = bucketText(bucketKeyOf(row));
    const alone = { startMs, dims, tally: EMPTY_TALLY, stands: true, isCounted: true };
    found.set(text, { ...(found.get(text) ?? alone), bins: new Map(row.bins) });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, difference]) => difference);
}
