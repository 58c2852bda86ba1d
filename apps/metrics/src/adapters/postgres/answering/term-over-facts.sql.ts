import type { Condition, Rules, Term } from '../../../domain/kpi.js';
import { NO_VALUE } from '../../../domain/observation.js';
import type { Dimension, ObservationKind } from '../../../domain/observation.js';
import type { SqlParameters } from './sql-parameters.js';

/**
 * `domain/term.ts` in SQL, over the rows of one kind: the value that a row adds to a term, NULL when it does not belong. An
 * unknown measure is NULL, so its conditions are not true, as in the domain.
 */
export function termSql(
  term: Term,
  kind: ObservationKind,
  { rules, parameters }: { readonly rules: Rules; readonly parameters: SqlParameters },
): string {
  if (term.kind !== kind) return 'NULL::bigint';
  const all = (conditions: readonly Condition[]): string =>
    conditions.map((condition) => conditionSql(condition, rules, parameters)).join(' AND ');
  const holds = [
    'NOT is_gone',
    ...(term.where?.length ? [all(term.where)] : []),
    ...(term.except ? [`(${all(term.except) || 'true'}) IS NOT TRUE`] : []),
  ].join(' AND ');
  return `CASE WHEN ${holds} THEN ${valueSql(term, parameters)} END`;
}

function conditionSql(condition: Condition, rules: Rules, parameters: SqlParameters): string {
  const measure = measureSql(condition.measure, parameters);
  if (condition.compare === 'known') return `${measure} IS NOT NULL`;
  const bound = typeof condition.to === 'number' ? condition.to : rules[condition.to];
  const operator = { is: '=', 'at-most': '<=', below: '<' }[condition.compare];
  return `${measure} ${operator} ${parameters.add(bound, 'bigint')}`;
}

function valueSql(term: Term, parameters: SqlParameters): string {
  if (term.value === 'one') return '1::bigint';
  const known = (name: string): string => `coalesce(${measureSql(name, parameters)}, 0)`;
  const plus = term.value.plus.map(known).join(' + ') || '0::bigint';
  return [plus, ...(term.value.minus ?? []).map(known)].join(' - ');
}

function measureSql(name: string, parameters: SqlParameters): string {
  return `(measures->>${parameters.add(name, 'text')})::bigint`;
}

/** Table of a kind, with the columns that terms and dimensions read. */
export function tableSql(kind: ObservationKind, parameters: SqlParameters): string {
  if (kind === 'interaction') {
    return `(SELECT tenant, 'interaction' AS kind, key, revision, is_gone, at_ms, false AS is_provisional, dims, source, id,
      '{}'::jsonb AS measures FROM interaction)`;
  }
  return `(SELECT * FROM fact WHERE kind = ${parameters.add(kind, 'text')})`;
}

export function dimensionSql(
  kind: ObservationKind,
  dimension: Dimension,
  parameters: SqlParameters,
): string {
  if (kind === 'interaction' && dimension === 'source') return 'source';
  return `coalesce(dims->>${parameters.add(dimension, 'text')}, '${NO_VALUE}')`;
}
