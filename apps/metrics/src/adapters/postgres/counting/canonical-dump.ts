import type { Storage } from '#storage';
import { BUCKET_COLUMNS, bucketKeyOf, tallyOf } from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';

export interface DumpedBucket {
  readonly kpi: string;
  readonly version: number;
  readonly start: string;
  readonly end: string;
  readonly dims: readonly string[];
  readonly items: number;
  readonly provisional: number;
  readonly n: number;
  readonly numerator: string;
  readonly squares: string;
  /** `[bin, count]`, ascending. */
  readonly bins: readonly (readonly [number, number])[];
}

/** A tenant's buckets without write times, revisions and publications, sorted: equal for equal input, whatever the order. */
export async function canonicalDump(
  reader: Pick<Storage['unitOfWork'], 'read'>,
  tenant: string,
): Promise<DumpedBucket[]> {
  const rows = await reader.read<
    BucketRow & TallyRow & { end_ms: number; bins: [number, number][] | null }
  >(
    `SELECT b.*, (SELECT json_agg(json_build_array(bin, count) ORDER BY bin) FROM histogram h
       WHERE (${qualified('h')}) = (${qualified('b')}) AND count <> 0) AS bins
     FROM bucket b WHERE tenant = $1 AND items <> 0 ORDER BY ${BUCKET_COLUMNS}`,
    [tenant],
  );
  return rows.map((row) => {
    const { kpi, version, startMs, dims } = bucketKeyOf(row);
    const { items, provisional, n, numerator, squares } = tallyOf(row);
    return {
      kpi,
      version,
      start: new Date(startMs).toISOString(),
      end: new Date(row.end_ms).toISOString(),
      dims,
      items,
      provisional,
      n,
      numerator: String(numerator),
      squares: String(squares),
      bins: row.bins ?? [],
    };
  });
}

function qualified(alias: string): string {
  return BUCKET_COLUMNS.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}
