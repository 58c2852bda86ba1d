import type { Span } from '../../../domain/window.js';

/** One statement and the values of its placeholders. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Collects the parameters of one statement: `add` answers the placeholder. */
export class SqlParameters {
  readonly values: unknown[] = [];

  add(value: unknown, cast: string): string {
    this.values.push(value);
    return `$${this.values.length}::${cast}`;
  }
}

/** Whether a column lies in one of the spans: ranges that the planner can look up one by one. */
export function withinSql(column: string, spans: readonly Span[], p: SqlParameters): string {
  const ranges = spans.map(({ fromMs, toMs }) => {
    const from = p.add(fromMs, 'bigint');
    return `${column} >= ${from} AND ${column} < ${p.add(toMs, 'bigint')}`;
  });
  return ranges.length === 0 ? 'false' : `(${ranges.join(' OR ')})`;
}
