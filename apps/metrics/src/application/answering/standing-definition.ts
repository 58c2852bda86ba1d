import { Fault } from '#kernel';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { Dimension } from '../../domain/observation.js';
import type { Filter, KpiView, RulesInForce } from '../ports.js';

export interface StandingDefinition {
  readonly kpi: KpiDefinition;
  /** A KPI so new that its buckets do not stand yet: answered from the observations. */
  readonly isFromObservations?: true;
}

interface Asked {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly by: readonly Dimension[];
  readonly filters: readonly Filter[];
  readonly asOfMs?: number | undefined;
}

/** The definition under which a question is answered: the one whose buckets stand, or stood as of an instant. */
export async function standingDefinition(
  view: KpiView,
  rules: RulesInForce,
  asked: Asked,
): Promise<StandingDefinition> {
  const { tenant, kpi, asOfMs } = asked;
  const inForce = rules.definitions.inForce.find(({ name }) => name === kpi.name);
  if (asOfMs === undefined && inForce === undefined) return { kpi, isFromObservations: true };
  const then = asOfMs === undefined ? undefined : await view.definitionAt(tenant, kpi.name, asOfMs);
  const standing = then ?? inForce ?? kpi;
  const dimensions = [...asked.by, ...asked.filters.map(({ dimension }) => dimension)];
  const missing = dimensions.find((dimension) => !standing.dimensions.includes(dimension));
  if (missing === undefined) return { kpi: standing };
  const detail = `version ${standing.version} of ${kpi.name} has no dimension ${missing}`;
  throw new Fault('invalid-parameter', detail);
}
