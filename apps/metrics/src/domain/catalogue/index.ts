/** Every KPI. To add one: a definition in an area's file, a line of golden numbers in `catalogue.spec.ts`. */
import { invariant } from '#kernel';
import { DIMENSIONS_MAX } from '../kpi.js';
import type { KpiDefinition } from '../kpi.js';
import { OBSERVATION_KINDS } from '../observation.js';
import type { ObservationKind } from '../observation.js';
import { COMMERCE } from './commerce.js';
import { ISSUE } from './issue.js';
import { JOURNEY } from './journey.js';
import { SERVICE } from './service.js';
import { SURVEY } from './survey.js';
import { TRAFFIC } from './traffic.js';

export const CATALOGUE: readonly KpiDefinition[] = [
  ...TRAFFIC,
  ...SERVICE,
  ...ISSUE,
  ...JOURNEY,
  ...COMMERCE,
  ...SURVEY,
];

for (const kpi of CATALOGUE) {
  invariant(
    kpi.dimensions.length <= DIMENSIONS_MAX,
    `${kpi.name} has at most ${DIMENSIONS_MAX} dimensions`,
  );
  invariant(
    kpi.unit !== 'money' || kpi.dimensions.includes('currency'),
    `${kpi.name} is money and has a currency`,
  );
}

const byName = new Map(CATALOGUE.map((kpi) => [kpi.name, kpi]));
invariant(byName.size === CATALOGUE.length, 'KPI names are unique');

const byKind = new Map<ObservationKind, readonly KpiDefinition[]>(
  OBSERVATION_KINDS.map((kind) => [
    kind,
    CATALOGUE.filter((kpi) => kpi.numerator.kind === kind || kpi.denominator.kind === kind),
  ]),
);

export function kpiNamed(name: string): KpiDefinition | undefined {
  return byName.get(name);
}

/** The KPIs to which observations of a kind contribute. */
export function kpisOf(kind: ObservationKind): readonly KpiDefinition[] {
  return byKind.get(kind) ?? [];
}
