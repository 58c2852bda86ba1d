/**
 * The definitions under which a tenant's buckets stand. Those in force are counted and answered. A newer version is built
 * beside them from the stored observations, in the order of {@link isUpTo}; meanwhile an observation that the build has
 * passed already counts in both, one that it has not reached counts in the old version only and is met by the build later.
 * So the two are exact at every instant, whatever arrives in between.
 */
import type { KpiDefinition } from './kpi.js';
import type { Measured, ObservationKind } from './observation.js';

export type ObservationPlace = Pick<Measured, 'kind' | 'key'>;

export interface Definitions {
  readonly inForce: readonly KpiDefinition[];
  readonly building: readonly KpiDefinition[];
  /** The last observation that the build has counted. */
  readonly builtUpTo: ObservationPlace | undefined;
}

/** The KPIs in which an observation counts now. */
export function kpisCounting(
  { inForce, building, builtUpTo }: Definitions,
  measured: ObservationPlace,
): readonly KpiDefinition[] {
  const counting = kpisOfKind(inForce, measured.kind);
  if (builtUpTo === undefined || !isUpTo(measured, builtUpTo)) return counting;
  return [...counting, ...kpisOfKind(building, measured.kind)];
}

/** Facts by kind and key, then interactions by key: how pages of observations are read. */
export function isUpTo(place: ObservationPlace, last: ObservationPlace): boolean {
  if (place.kind === last.kind) return place.key <= last.key;
  if (last.kind === 'interaction') return true;
  return place.kind !== 'interaction' && place.kind < last.kind;
}

/** What a catalogue has newer than a tenant: versions only grow, so two programs never build against each other. */
export function newerDefinitions(
  catalogue: readonly KpiDefinition[],
  inForce: readonly KpiDefinition[],
): KpiDefinition[] {
  const versions = new Map(inForce.map(({ name, version }) => [name, version]));
  return catalogue.filter(({ name, version }) => version > (versions.get(name) ?? 0));
}

const byKind = new WeakMap<
  readonly KpiDefinition[],
  Map<ObservationKind, readonly KpiDefinition[]>
>();

/** The KPIs of a list to which observations of a kind contribute; remembered, since every observation asks. */
export function kpisOfKind(
  definitions: readonly KpiDefinition[],
  kind: ObservationKind,
): readonly KpiDefinition[] {
  const known = byKind.get(definitions) ?? new Map<ObservationKind, readonly KpiDefinition[]>();
  byKind.set(definitions, known);
  const found =
    known.get(kind) ??
    definitions.filter((kpi) => kpi.numerator.kind === kind || kpi.denominator.kind === kind);
  known.set(kind, found);
  return found;
}
