/**
 * The definitions under which a tenant's buckets stand. Those in force are counted and answered. Others are built
 * beside them from the stored observations, in the order of {@link isUpTo}; meanwhile an observation that the build has
 * passed already counts in both, one that it has not reached counts in those in force only and is met by the build later.
 * So the two are exact at every instant, whatever arrives in between.
 *
 * A build is of newer versions, which come into force when it is through; or of shadows: the definitions in force once more,
 * under other rules or to see whether their buckets are right. What arrives changes a definition and its shadow alike, so once
 * the build is through their difference stands still: it is what is wrong with the buckets, or what other rules change in them.
 */
import type { KpiDefinition, Rules } from './kpi.js';
import type { Measured, ObservationKind } from './observation.js';

export type ObservationPlace = Pick<Measured, 'kind' | 'key'>;

/** A replay is named by its id. */
export type BuildPurpose = 'definitions' | 'rules' | { readonly replay: string };

export interface Definitions {
  readonly inForce: readonly KpiDefinition[];
  readonly building: readonly KpiDefinition[];
  /** Why; says nothing while there is no build. */
  readonly buildingFor: BuildPurpose;
  /** Undefined: under the rules in force. */
  readonly buildingUnder: Rules | undefined;
  /** The last observation that the build has counted. */
  readonly builtUpTo: ObservationPlace | undefined;
}

export function standingOnly(inForce: readonly KpiDefinition[]): Definitions {
  const nothing = { building: [], buildingFor: 'definitions', builtUpTo: undefined } as const;
  return { inForce, ...nothing, buildingUnder: undefined };
}

/** Behind every observation: the build is through. */
export const EVERYTHING: ObservationPlace = { kind: 'interaction', key: '~' };

export function isThrough({ building, builtUpTo }: Definitions): boolean {
  return (
    building.length > 0 && builtUpTo?.kind === EVERYTHING.kind && builtUpTo.key === EVERYTHING.key
  );
}

/** The same definition, counted beside itself: its buckets are told apart by the version, and neither answered nor published. */
export function shadowOf(kpi: KpiDefinition): KpiDefinition {
  return { ...kpi, version: -kpi.version };
}

/** What is being built and counts an observation already. */
export function kpisBuilding(
  { building, builtUpTo }: Definitions,
  measured: ObservationPlace,
): readonly KpiDefinition[] {
  if (builtUpTo === undefined || !isUpTo(measured, builtUpTo)) return [];
  return kpisOfKind(building, measured.kind);
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
