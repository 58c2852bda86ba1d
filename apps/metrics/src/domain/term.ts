/**
 * What one observation adds to one term of a KPI. This is the meaning of `Term`; the Postgres adapter compiles the same
 * meaning to SQL for drill-downs and broken edges, and a property test holds the two together.
 */
import type { FactMeasures } from '#contracts';
import type { Condition, Rules, Term } from './kpi.js';
import type { Measured } from './observation.js';

/** `undefined`: the observation does not belong to the term. */
export function termValue(term: Term, measured: Measured, rules: Rules): number | undefined {
  if (measured.isGone || measured.kind !== term.kind) return undefined;
  const { measures } = measured;
  const holds = (condition: Condition): boolean => conditionHolds(condition, measures, rules);
  if (term.where !== undefined && !term.where.every(holds)) return undefined;
  if (term.except !== undefined && term.except.every(holds)) return undefined;
  return term.value === 'one'
    ? 1
    : total(measures, term.value.plus) - total(measures, term.value.minus ?? []);
}

export function conditionHolds(
  condition: Condition,
  measures: FactMeasures,
  rules: Rules,
): boolean {
  const measure = measures[condition.measure];
  if (measure === undefined) return false;
  if (condition.compare === 'known') return true;
  const bound = typeof condition.to === 'number' ? condition.to : rules[condition.to];
  if (condition.compare === 'is') return measure === bound;
  return condition.compare === 'at-most' ? measure <= bound : measure < bound;
}

function total(measures: FactMeasures, names: readonly string[]): number {
  let sum = 0;
  for (const name of names) sum += measures[name] ?? 0;
  return sum;
}
