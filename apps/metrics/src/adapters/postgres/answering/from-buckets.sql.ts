import type { MeasureQuery } from '../../../application/ports.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import type { Dimension } from '../../../domain/observation.js';
import { groupBy, groupSql } from './group.sql.js';
import { SqlParameters, withinSql } from './sql-parameters.js';
import type { Statement } from './sql-parameters.js';

/**
 * Where the numbers of whole buckets come from: `now` the counters, `published` the last publication of each bucket at an
 * instant. Both have the columns of a bucket; bins are rows of `histogram`, or a column of the publication.
 */
function sourceSql(query: MeasureQuery, what: 'tallies' | 'bins', p: SqlParameters): string {
  if (query.asOfMs === undefined) return what === 'tallies' ? 'bucket' : 'histogram';
  const key = 'tenant, kpi, version, start_ms, dim1, dim2, dim3, dim4';
  const last = `(SELECT DISTINCT ON (${key}) * FROM publication
    WHERE ${bucketsSql(query, p)} AND published_at_ms <= ${p.add(query.asOfMs, 'bigint')}
    ORDER BY ${key}, sequence DESC) last`;
  if (what === 'tallies') return last;
  return `${last} CROSS JOIN LATERAL (SELECT (pair->>0)::int AS bin, (pair->>1)::bigint AS count
    FROM jsonb_array_elements(bins) AS pair) bin`;
}

function bucketsSql({ tenant, kpi, whole }: MeasureQuery, p: SqlParameters): string {
  return [
    `tenant = ${p.add(tenant, 'text')}`,
    `kpi = ${p.add(kpi.name, 'text')}`,
    `version = ${p.add(kpi.version, 'int')}`,
    withinSql('start_ms', whole, p),
  ].join(' AND ');
}

/** Counters of whole buckets, or their bins, by period and group. */
export function bucketSumsSql(query: MeasureQuery, what: 'tallies' | 'bins'): Statement {
  const p = new SqlParameters();
  const column = (dimension: Dimension): string => dimensionColumn(query.kpi, dimension);
  const filters = query.filters.map(
    (each) => `${column(each.dimension)} = ANY (${p.add(each.values, 'text[]')})`,
  );
  const where = [bucketsSql(query, p), ...filters].join(' AND ');
  const keys = groupSql('start_ms', query, p, query.by.map(column));
  const sums =
    what === 'tallies'
      ? 'sum(items) AS items, sum(provisional) AS provisional, sum(n) AS n, sum(numerator) AS numerator, sum(squares) AS squares'
      : 'bin, sum(count) AS count';
  const from = sourceSql(query, what, p);
  const group = groupBy(query.by.length, what === 'bins');
  return {
    sql: `SELECT ${keys}, ${sums} FROM ${from} WHERE ${where} GROUP BY ${group}`,
    parameters: p.values,
  };
}

/** Column of a bucket that holds a dimension of a KPI. */
export function dimensionColumn(kpi: KpiDefinition, dimension: Dimension): string {
  return `dim${kpi.dimensions.indexOf(dimension) + 1}`;
}
