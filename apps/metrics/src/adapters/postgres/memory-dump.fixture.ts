import type { RecordBatch } from '#event-log';
import { FixedClock } from '#kernel';
import { AggregateBatch } from '../../application/counting/aggregate-batch.js';
import type { FixedRules } from '../../application/memory-tables.fixture.js';
import { MemoryTables, MemoryUnitOfWork } from '../../application/memory-tables.fixture.js';
import { isEmptyTally } from '../../domain/tally.js';
import type { DumpedBucket } from './counting/canonical-dump.js';

export async function aggregateInMemory(
  batches: readonly RecordBatch[],
  tenants: FixedRules,
): Promise<MemoryTables> {
  const tables = new MemoryTables();
  const stage = new AggregateBatch(new MemoryUnitOfWork(), tables, tenants, new FixedClock(0));
  for (const batch of batches) await stage.execute(batch);
  return tables;
}

export function dumpOf(tables: MemoryTables): DumpedBucket[] {
  return [...tables.buckets.values()]
    .filter(({ tally }) => !isEmptyTally(tally))
    .map(({ kpi, version, startMs, endMs, dims, tally, bins }) => ({
      kpi,
      version,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      dims,
      ...tally,
      numerator: String(tally.numerator),
      squares: String(tally.squares),
      bins: [...bins].sort(([a], [b]) => a - b),
    }));
}

/** Buckets as comparable lines. */
export const sortedLines = (dump: readonly DumpedBucket[]): string[] =>
  dump.map((bucket) => JSON.stringify(bucket, Object.keys(bucket).sort())).sort();
