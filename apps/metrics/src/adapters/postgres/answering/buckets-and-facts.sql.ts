import type { BehindQuery, Filter, MeasureQuery } from '../../../application/ports.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import type { Dimension, ObservationKind } from '../../../domain/observation.js';
import type { Span } from '../../../domain/window.js';
import { SqlParameters } from './sql-parameters.js';
import { dimensionSql, tableSql, termSql } from './term-over-facts.sql.js';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Kinds of observations that a KPI is made of. */
export function kindsOf(kpi: KpiDefinition): ObservationKind[] {
  return [...new Set([kpi.denominator.kind, kpi.numerator.kind])];
}

/** Counters of whole buckets, by period and group. `table`: `bucket`, or `histogram` for its bins. */
export function countersSql(
  query: MeasureQuery,
  whole: Span,
  table: 'bucket' | 'histogram',
): Statement {
  const p = new SqlParameters();
  const column = (dimension: Dimension): string =>
    `dim${query.kpi.dimensions.indexOf(dimension) + 1}`;
  const where = [
    `tenant = ${p.add(query.tenant, 'text')}`,
    `kpi = ${p.add(query.kpi.name, 'text')}`,
    `version = ${p.add(query.kpi.version, 'int')}`,
    `start_ms >= ${p.add(whole.fromMs, 'bigint')}`,
    `start_ms < ${p.add(whole.toMs, 'bigint')}`,
    ...query.filters.map(
      (each) => `${column(each.dimension)} = ANY (${p.add(each.values, 'text[]')})`,
    ),
  ].join(' AND ');
  const keys = groupSql('start_ms', query, p, query.by.map(column));
  const sums =
    table === 'bucket'
      ? 'sum(items) AS items, sum(provisional) AS provisional, sum(n) AS n, sum(numerator) AS numerator, sum(squares) AS squares'
      : 'bin, sum(count) AS count';
  const group = groupBy(query.by.length, table === 'histogram');
  return {
    sql: `SELECT ${keys}, ${sums} FROM ${table} WHERE ${where} GROUP BY ${group}`,
    parameters: p.values,
  };
}

/** The same from the observations of one kind in the edges; `samples` gives the histogram's values instead. */
export function edgesSql(
  query: MeasureQuery,
  kind: ObservationKind,
  what: 'tallies' | 'samples',
): Statement {
  const p = new SqlParameters();
  const rows = contributionsSql(query, kind, query.edges, p);
  const keys = groupSql(
    'at_ms',
    query,
    p,
    query.by.map((dimension) => dimensionSql(kind, dimension, p)),
  );
  const sums =
    what === 'tallies'
      ? `count(*) AS items, count(*) FILTER (WHERE is_provisional) AS provisional, coalesce(sum(below), 0) AS n,
         coalesce(sum(above::numeric), 0) AS numerator, coalesce(sum(above::numeric * above), 0) AS squares`
      : 'above AS sample, count(*) AS count';
  const known = what === 'samples' ? 'WHERE above IS NOT NULL' : '';
  const group = groupBy(query.by.length, what === 'samples');
  return {
    sql: `SELECT ${keys}, ${sums} FROM (${rows}) r ${known} GROUP BY ${group}`,
    parameters: p.values,
  };
}

/** Observations of one kind that contribute, in (at, kind, key) order, after a position. */
export function behindSql(query: BehindQuery, kind: ObservationKind): Statement {
  const p = new SqlParameters();
  const rows = contributionsSql(query, kind, [query.span], p);
  const { after } = query;
  const cast = kind === 'interaction' ? 'uuid' : 'text';
  const where = after === undefined ? '' : `WHERE ${afterSql(after, { kind, cast }, p)}`;
  const limit = p.add(query.limit, 'bigint');
  return {
    sql: `SELECT * FROM (${rows}) r ${where} ORDER BY at_ms, key LIMIT ${limit}`,
    parameters: p.values,
  };
}

function afterSql(
  after: NonNullable<BehindQuery['after']>,
  own: { readonly kind: ObservationKind; readonly cast: string },
  p: SqlParameters,
): string {
  const at = p.add(after.atMs, 'bigint');
  if (own.kind > after.kind) return `at_ms >= ${at}`;
  if (own.kind < after.kind) return `at_ms > ${at}`;
  return `(at_ms, key) > (${at}, ${p.add(after.key, own.cast)})`;
}

/** Rows of one kind in the spans with `below` and `above`, those that add nothing left out. */
function contributionsSql(
  query: MeasureQuery | BehindQuery,
  kind: ObservationKind,
  spans: readonly Span[],
  p: SqlParameters,
): string {
  const { kpi, rules } = query;
  const from = p.add(
    spans.map(({ fromMs }) => fromMs),
    'bigint[]',
  );
  const to = p.add(
    spans.map(({ toMs }) => toMs),
    'bigint[]',
  );
  const below = termSql(kpi.denominator, kind, { rules, parameters: p });
  const above = termSql(kpi.numerator, kind, { rules, parameters: p });
  const filters = query.filters.map((each) => filterSql(kind, each, p)).join('');
  return `SELECT * FROM (
      SELECT o.*, ${below} AS below, ${above} AS above
      FROM unnest(${from}, ${to}) AS span (from_at, to_at)
      JOIN ${tableSql(kind, p)} o ON o.tenant = ${p.add(query.tenant, 'text')}
        AND o.at_ms >= span.from_at AND o.at_ms < span.to_at
      WHERE NOT o.is_gone ${filters}
    ) c WHERE below IS NOT NULL OR above IS NOT NULL`;
}

function filterSql(kind: ObservationKind, filter: Filter, p: SqlParameters): string {
  return ` AND ${dimensionSql(kind, filter.dimension, p)} = ANY (${p.add(filter.values, 'text[]')})`;
}

function groupSql(
  instant: string,
  query: MeasureQuery,
  p: SqlParameters,
  dimensions: readonly string[],
): string {
  const starts = p.add(query.periodStarts, 'bigint[]');
  const period = `width_bucket(${instant}, ${starts}) - 1 AS period`;
  return [period, ...dimensions.map((dimension, index) => `${dimension} AS by${index}`)].join(', ');
}

/** By position: the period, each group column, and what follows them (bin or sample). */
function groupBy(dimensions: number, isSampled: boolean): string {
  const count = 1 + dimensions + (isSampled ? 1 : 0);
  return Array.from({ length: count }, (_, index) => index + 1).join(', ');
}
