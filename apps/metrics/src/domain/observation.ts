/**
 * What metrics measures: a fact of journey, or an interaction seen through its headers. Both are versioned state: the
 * highest revision of a key is the whole truth, and a gone one (tombstone, withdrawn) keeps its revision so that an older
 * one can never come back. KPIs read dims and measures only; `Measured` is that part, `origin` is what a drill-down shows.
 */
import { FACT_DIMENSIONS, FACT_KINDS } from '#contracts';
import type { FactKind, FactMeasures } from '#contracts';
import type { Reason } from './cause.js';

export const OBSERVATION_KINDS = ['interaction', ...FACT_KINDS] as const;
export type ObservationKind = 'interaction' | FactKind;

export const DIMENSIONS = [...FACT_DIMENSIONS, 'type', 'direction'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Value of a dimension that the observation does not carry. */
export const NO_VALUE = '(none)';

export interface Measured {
  readonly tenant: string;
  readonly kind: ObservationKind;
  /** Fact id, or the hash of (tenant, source, id) of an interaction. */
  readonly key: string;
  readonly revision: number;
  readonly isGone: boolean;
  /** When it counts, ms. */
  readonly atMs: number;
  readonly dims: Readonly<Partial<Record<Dimension, string>>>;
  readonly measures: FactMeasures;
  readonly isProvisional: boolean;
  /** Of a revision on its way in; not kept with it. */
  readonly reason?: Reason;
}

export interface FactOrigin {
  readonly profileId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** JSON of the fact's `interactions`, kept as text: only shown, never computed with. */
  readonly interactions: string;
}

export interface InteractionOrigin {
  readonly source: string;
  readonly id: string;
}

export type FactObservation = Measured & { readonly kind: FactKind; readonly origin: FactOrigin };
export type InteractionObservation = Measured & {
  readonly kind: 'interaction';
  readonly origin: InteractionOrigin;
};
export type Observation = FactObservation | InteractionObservation;

export function dimensionOf(measured: Measured, dimension: Dimension): string {
  return measured.dims[dimension] ?? NO_VALUE;
}

/** Kind and key name an observation inside its tenant. */
export function observationKey(measured: Pick<Measured, 'tenant' | 'kind' | 'key'>): string {
  return `${measured.tenant}\u0000${measured.kind}\u0000${measured.key}`;
}
