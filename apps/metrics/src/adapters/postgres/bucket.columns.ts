import type { BucketKey } from '../../domain/contribution.js';
import type { Bins } from '../../domain/histogram.js';
import { DIMENSIONS_MAX } from '../../domain/kpi.js';
import type { Tally } from '../../domain/tally.js';

/** Columns of rows, each an array for `unnest`: `columns(rows, row => [row.a, row.b])` → `[[a…], [b…]]`. */
export function columns<Row>(
  rows: readonly Row[],
  cells: (row: Row) => readonly unknown[],
): unknown[][] {
  const result: unknown[][] = [];
  for (const row of rows) {
    const values = cells(row);
    for (let index = 0; index < values.length; index++) (result[index] ??= []).push(values[index]);
  }
  return result;
}

export const BUCKET_COLUMNS = 'tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4';
export const BUCKET_UNNEST =
  '$1::text[], $2::text[], $3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[]';
export const COUNTER_COLUMNS = 'items, provisional, n, numerator, squares';

export interface BucketRow {
  readonly tenant: string;
  readonly kpi: string;
  readonly version: number;
  readonly start_ms: number;
  readonly dim1: string;
  readonly dim2: string;
  readonly dim3: string;
  readonly dim4: string;
}

export function bucketCells(key: BucketKey): unknown[] {
  const cells: unknown[] = [key.tenant, key.kpi, key.version, key.startMs];
  for (let index = 0; index < DIMENSIONS_MAX; index++) cells.push(key.dims[index] ?? '');
  return cells;
}

export function bucketKeyOf(row: BucketRow): BucketKey {
  return {
    tenant: row.tenant,
    kpi: row.kpi,
    version: row.version,
    startMs: row.start_ms,
    dims: [row.dim1, row.dim2, row.dim3, row.dim4],
  };
}

export function tallyCells(tally: Tally): unknown[] {
  return [
    tally.items,
    tally.provisional,
    tally.n,
    tally.numerator.toString(),
    tally.squares.toString(),
  ];
}

/** Counters as they come back: int8 as numbers, numeric and sums as text. */
export interface TallyRow {
  readonly items: number | string;
  readonly provisional: number | string;
  readonly n: number | string;
  readonly numerator: string;
  readonly squares: string;
}

export function tallyOf(row: TallyRow): Tally {
  return {
    items: Number(row.items),
    provisional: Number(row.provisional),
    n: Number(row.n),
    numerator: BigInt(row.numerator),
    squares: BigInt(row.squares),
  };
}

/** Of two aliases, every column of the key equal. */
export function sameBucket(a: string, b: string): string {
  return BUCKET_COLUMNS.split(', ')
    .map((column) => `${a}.${column} = ${b}.${column}`)
    .join(' AND ');
}

/** A histogram as `[[bin, count], …]`, ascending. */
export function binsText(bins: Bins): string {
  return JSON.stringify([...bins].sort(([a], [b]) => a - b));
}
