import type { Fact } from '#contracts';
import type { FactBehind, FactsBehind } from '../../application/answering/list-facts-behind.js';
import { encodeCursor } from './cursor.js';

interface Added {
  readonly kind: string;
  readonly id: string;
  readonly at: string;
  readonly dims: Readonly<Record<string, string | undefined>>;
  readonly interactions: Fact['interactions'];
  readonly n: FactBehind['n'];
  readonly numerator: FactBehind['numerator'];
}

/** A fact, or an interaction that counts by itself. */
type FactBehindView =
  | (Added & { readonly source: string })
  | (Added & Pick<Fact, 'profileId' | 'from' | 'to' | 'measures' | 'status'>);

export interface FactsBehindView extends Pick<FactsBehind, 'count' | 'sum' | 'groups'> {
  readonly kpi: string;
  readonly version: number;
  readonly unit: string;
  readonly from: FactsBehind['span']['from'];
  readonly to: FactsBehind['span']['to'];
  readonly items: readonly FactBehindView[];
  readonly next: string | null;
}

/** The drill-down as JSON: facts as everywhere else, each with what it adds (`n`, `numerator`). */
export function factsBehindView(behind: FactsBehind): FactsBehindView {
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

function itemView({ observation, n, numerator }: FactBehind): FactBehindView {
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
    interactions: JSON.parse(interactions) as Fact['interactions'],
    ...added,
  };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
