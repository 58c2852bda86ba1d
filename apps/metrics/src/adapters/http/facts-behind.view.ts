import type { FactBehind, FactsBehind } from '../../application/answering/list-facts-behind.js';
import { encodeCursor } from './cursor.js';

/** The drill-down as JSON: facts as everywhere else, each with what it adds (`n`, `numerator`). */
export function factsBehindView(behind: FactsBehind): Record<string, unknown> {
  const { kpi, span, count, sum, groups, items, next } = behind;
  return {
    kpi: kpi.name,
    version: kpi.version,
    unit: kpi.unit,
    ...span,
    count,
    sum,
    groups,
    items: items.map(itemView),
    next: next === undefined ? null : encodeCursor(span, next),
  };
}

function itemView({ observation, n, numerator }: FactBehind): Record<string, unknown> {
  const { kind, atMs, dims } = observation;
  const added = { n, numerator };
  if (kind === 'interaction') {
    const { source, id } = observation.origin;
    const interactions = { count: 1, first: [{ source, id }], last: [] };
    return { kind, source, id, at: instant(atMs), dims, interactions, ...added };
  }
  const { profileId, fromMs, toMs, interactions } = observation.origin;
  return {
    kind,
    id: observation.key,
    profileId,
    from: instant(fromMs),
    to: instant(toMs),
    at: instant(atMs),
    dims,
    measures: observation.measures,
    status: observation.isProvisional ? 'provisional' : 'final',
    interactions: JSON.parse(interactions) as unknown,
    ...added,
  };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
