import type { BehindQuery, Filter, MeasureQuery } from '../../../application/ports.js';
import type { KpiDefinition } from '../../../domain/kpi.js';
import type { ObservationKind } from '../../../domain/observation.js';
import type { Span } from '../../../domain/window.js';
import { groupBy, groupSql } from './group.sql.js';
import { SqlParameters } from './sql-parameters.js';
import type { Statement } from './sql-parameters.js';
import { dimensionSql, tableSql, termSql } from './term-over-facts.sql.js';

/** Kinds of observations that a KPI is made of. */
export function kindsOf(kpi: KpiDefinition): ObservationKind[] {
  return [...new Set([kpi.denominator.kind, kpi.numerator.kind])];
}

/** Sums over the observations of one kind in the edges; `samples` gives the histogram's values instead. */
export function factSumsSql(
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
      CROSS JOIN LATERAL (
        SELECT * FROM ${tableSql(kind, p)} t
        WHERE t.tenant = ${p.add(query.tenant, 'text')} AND t.at_ms >= span.from_at AND t.at_ms < span.to_at
        OFFSET 0 -- each span by the index: the planner, without statistics, would read a whole tenant
      ) o
      WHERE NOT o.is_gone ${filters}
    ) c WHERE below IS NOT NULL OR above IS NOT NULL`;
}

function filterSql(kind: ObservationKind, filter: Filter, p: SqlParameters): string {
  return ` AND ${dimensionSql(kind, filter.dimension, p)} = ANY (${p.add(filter.values, 'text[]')})`;
}
