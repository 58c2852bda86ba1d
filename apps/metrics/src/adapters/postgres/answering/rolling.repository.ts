import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#storage';
import { RollingTable } from '../../../application/answering/refresh-rolling.js';
import type { RollingRow } from '../../../application/answering/refresh-rolling.js';
import { columns } from '../bucket.columns.js';

const COLUMNS = `tenant, kpi, window_name, currency, version, unit, value, n, numerator, low, high, p50, p90, p95, provisional,
  as_of, computed_at`;
const UNNEST = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::numeric[], $8::bigint[],
  $9::numeric[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::boolean[],
  $16::timestamptz[], $17::timestamptz[])`;

/**
 * Rows are behind when a bucket changed after them: its mark says so, or, when publication has taken the mark already, the
 * publication. A change is stamped before it commits: one this much older than the rows may still be missing in them.
 */
const COMMIT_MS = 10_000;

@Injectable()
export class PostgresRollingTable extends RollingTable {
  constructor(private readonly unitOfWork: UnitOfWork) {
    super();
  }

  async due({ minuteMs, staleMs }: { minuteMs: number; staleMs: number }): Promise<string[]> {
    const rows = await this.unitOfWork.read<{ tenant: string }>(
      `SELECT r.tenant FROM rules r
       LEFT JOIN (SELECT tenant, min(as_of) AS as_of, max(computed_at) AS computed_at FROM kpi_rolling GROUP BY tenant) k
         ON k.tenant = r.tenant
       WHERE k.tenant IS NULL OR k.as_of < to_timestamp($1::bigint / 1000.0)
         OR k.computed_at <= to_timestamp($2::bigint / 1000.0) AND (EXISTS (
           SELECT 1 FROM bucket b WHERE b.tenant = r.tenant AND b.dirty_since_ms IS NOT NULL
             AND to_timestamp((b.changed_at_ms + ${COMMIT_MS}) / 1000.0) >= k.computed_at)
           OR EXISTS (
           SELECT 1 FROM publication p WHERE p.tenant = r.tenant
             AND p.published_at_ms >= extract(epoch FROM k.computed_at) * 1000))
       ORDER BY r.tenant`,
      [minuteMs, staleMs],
    );
    return rows.map(({ tenant }) => tenant);
  }

  async store(
    tenant: string,
    rows: readonly RollingRow[],
    at: { asOfMs: number; computedAtMs: number },
  ): Promise<void> {
    const asOf = new Date(at.asOfMs).toISOString();
    const computedAt = new Date(at.computedAtMs).toISOString();
    const cells = columns(rows, (row) => [...cellsOf(tenant, row), asOf, computedAt]);
    await this.unitOfWork.run(async (transaction) => {
      // Two workers may do the same at once; the first wins, the second finds newer rows or replaces older ones.
      await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `kpi_rolling ${tenant}`,
      ]);
      const newer = await transaction.query(
        'SELECT 1 FROM kpi_rolling WHERE tenant = $1 AND computed_at > $2::timestamptz LIMIT 1',
        [tenant, computedAt],
      );
      if (newer.length > 0) return;
      await transaction.query('DELETE FROM kpi_rolling WHERE tenant = $1', [tenant]);
      if (rows.length === 0) return;
      await transaction.query(
        `INSERT INTO kpi_rolling (${COLUMNS}) SELECT * FROM ${UNNEST}`,
        cells,
      );
    });
  }
}

function cellsOf(tenant: string, row: RollingRow): unknown[] {
  const { value, n, numerator, interval, percentiles, provisional } = row.figure;
  const named = [tenant, row.kpi, row.window, row.currency, row.version, row.unit];
  const bounds = [interval?.low ?? null, interval?.high ?? null];
  const ranks = [percentiles?.p50 ?? null, percentiles?.p90 ?? null, percentiles?.p95 ?? null];
  return [...named, value, n, numerator, ...bounds, ...ranks, provisional];
}
