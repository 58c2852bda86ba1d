/**
 * A fact as derivation makes it: before it has a revision and a public profile id. Instants are ms here and become RFC 3339
 * at the edge. Two derivations of the same content are equal by `isSameFact`, whatever the order of their members.
 */
import {
  FACT_DIMENSIONS,
  type FactDims,
  type FactKind,
  type FactMeasures,
  type Interaction,
  type InteractionRef,
} from '#contracts';
import { canonicalJson } from '#kernel';
import type { Entry } from './timeline.js';

export interface FactInteractions {
  readonly count: number;
  readonly first: readonly InteractionRef[];
  readonly last: readonly InteractionRef[];
}

export interface DerivedFact {
  readonly tenant: string;
  readonly kind: FactKind;
  readonly id: string;
  readonly profileKey: string;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly dims: FactDims;
  readonly measures: FactMeasures;
  readonly interactions: FactInteractions;
  readonly status: 'provisional' | 'final';
  /** When its deadline passes; absent on facts without one. */
  readonly finalAt?: number;
}

/** How many references a fact carries at each end. */
export const REFERENCES_MAX = 50;
export const NO_INTERACTIONS: FactInteractions = { count: 0, first: [], last: [] };

export function withReference(all: FactInteractions, ref: InteractionRef): FactInteractions {
  const { source, id } = ref;
  const count = all.count + 1;
  if (all.count < REFERENCES_MAX) return { count, first: [...all.first, { source, id }], last: [] };
  return { count, first: all.first, last: [...all.last, { source, id }].slice(-REFERENCES_MAX) };
}

export function referencesOf(entries: readonly Entry[]): FactInteractions {
  const refs = entries.map(({ interaction: { source, id } }) => ({ source, id }));
  const last = refs.slice(REFERENCES_MAX).slice(-REFERENCES_MAX);
  return { count: refs.length, first: refs.slice(0, REFERENCES_MAX), last };
}

/** Dimensions that an interaction itself carries. `segment` and `currency` come from elsewhere. */
export function dimsOf(interaction: Interaction): FactDims {
  const { channel, touchpoint, queue, agent, topic, product, store, campaign, stage, source } =
    interaction;
  return present({
    channel,
    touchpoint,
    queue,
    agent,
    topic,
    product,
    store,
    campaign,
    stage,
    source,
  });
}

/** Each dimension from the first entry that has it. */
export function firstDims(entries: readonly Entry[]): FactDims {
  return entries.reduceRight<FactDims>(
    (dims, { interaction }) => ({ ...dims, ...dimsOf(interaction) }),
    {},
  );
}

export function present(dims: {
  readonly [Name in keyof FactDims]: FactDims[Name] | undefined;
}): FactDims {
  return Object.fromEntries(
    FACT_DIMENSIONS.filter((name) => dims[name] !== undefined && dims[name] !== '').map((name) => [
      name,
      dims[name],
    ]),
  );
}

/** Leaves out what is not known. */
export function known(measures: Readonly<Record<string, number | undefined>>): FactMeasures {
  return Object.fromEntries(
    Object.entries(measures).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** The segment in force at an instant. */
export interface SegmentChange {
  readonly value: string;
  /** ms */
  readonly at: number;
}

/** `segment` is the newest trait with evidence up to the fact's `at`: a later change never restates an old fact. */
export function withSegment(fact: DerivedFact, segments: readonly SegmentChange[]): DerivedFact {
  let inForce: SegmentChange | undefined;
  for (const change of segments) {
    if (change.at <= fact.at && (!inForce || change.at >= inForce.at)) inForce = change;
  }
  if (inForce?.value === fact.dims.segment) return fact;
  return { ...fact, dims: present({ ...fact.dims, segment: inForce?.value }) };
}

/** Quick on what usually differs, exact on the rest. */
export function isSameFact(a: DerivedFact, b: DerivedFact): boolean {
  if (a === b) return true;
  if (a.to !== b.to || a.interactions.count !== b.interactions.count) return false;
  return canonicalJson(a) === canonicalJson(b);
}
