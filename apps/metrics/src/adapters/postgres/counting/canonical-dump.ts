import type { FactDims, FactMeasures } from '#contracts';
import type { SnapshotReader } from '#storage';
import { BUCKET_COLUMNS, bucketKeyOf, tallyOf } from '../bucket.columns.js';
import type { BucketRow, TallyRow } from '../bucket.columns.js';

/** Neither what is being built nor what is replaced and waits to be swept. */
const IN_FORCE = `EXISTS (SELECT 1 FROM definition d WHERE d.tenant = b.tenant AND d.kpi = b.kpi AND d.version = b.version
  AND d.since_ms IS NOT NULL AND d.until_ms IS NULL)`;

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
  reader: Pick<SnapshotReader, 'read'>,
  tenant: string,
): Promise<DumpedBucket[]> {
  const rows = await reader.read<
    BucketRow & TallyRow & { end_ms: number; bins: [number, number][] | null }
  >(
    `SELECT b.*, (SELECT json_agg(json_build_array(bin, count) ORDER BY bin) FROM histogram h
       WHERE (${qualified('h')}) = (${qualified('b')}) AND count <> 0) AS bins
     FROM bucket b WHERE tenant = $1 AND items <> 0 AND ${IN_FORCE} ORDER BY ${BUCKET_COLUMNS}`,
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

export interface DumpedFact {
  readonly kind: string;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly dims: FactDims;
  readonly measures: FactMeasures;
  readonly interactions: object;
  readonly status: 'provisional' | 'final';
}

/** The copies of facts that are measured; whose they are stands with the profile, not here. */
export async function dumpFacts(
  reader: Pick<SnapshotReader, 'read'>,
  tenant: string,
): Promise<DumpedFact[]> {
  const rows = await reader.read<FactRow>(
    `SELECT kind, key, from_ms, to_ms, at_ms, is_provisional, dims, measures, interactions
     FROM fact WHERE tenant = $1 AND NOT is_gone`,
    [tenant],
  );
  return rows.map((row) => ({
    kind: row.kind,
    id: row.key,
    from: instant(row.from_ms),
    to: instant(row.to_ms),
    at: instant(row.at_ms),
    dims: row.dims,
    measures: row.measures,
    interactions: JSON.parse(row.interactions) as object,
    status: row.is_provisional ? 'provisional' : 'final',
  }));
}

interface FactRow {
  readonly kind: string;
  readonly key: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly at_ms: number;
  readonly is_provisional: boolean;
  readonly dims: FactDims;
  readonly measures: FactMeasures;
  readonly interactions: string;
}

export interface DumpedInteraction {
  readonly source: string;
  readonly id: string;
  readonly at: string;
  readonly dims: Readonly<Record<string, string>>;
}

/** The narrow rows of interactions that count. */
export async function dumpInteractions(
  reader: Pick<SnapshotReader, 'read'>,
  tenant: string,
): Promise<DumpedInteraction[]> {
  const rows = await reader.read<{
    source: string;
    id: string;
    at_ms: number;
    dims: Record<string, string>;
  }>('SELECT source, id, at_ms, dims FROM interaction WHERE tenant = $1 AND NOT is_gone', [tenant]);
  return rows.map(({ source, id, at_ms, dims }) => ({ source, id, at: instant(at_ms), dims }));
}

const instant = (ms: number): string => new Date(ms).toISOString();

function qualified(alias: string): string {
  return BUCKET_COLUMNS.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}
