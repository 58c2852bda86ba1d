import type { MeasureQuery } from '../../../application/ports.js';
import type { SqlParameters } from './sql-parameters.js';

/** The columns by which an answer is grouped: the period of the series, then `by0`, `by1`, … */
export function groupSql(
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
export function groupBy(dimensions: number, isSampled: boolean): string {
  const count = 1 + dimensions + (isSampled ? 1 : 0);
  return Array.from({ length: count }, (_, index) => index + 1).join(', ');
}
