import type { Transaction } from '#storage';
import type { BucketChange, BucketKey, Replacement } from '../domain/contribution.js';
import type { BucketDifference } from '../domain/bucket-difference.js';
import type { BuildPurpose, Definitions, ObservationPlace } from '../domain/definitions.js';
import type { Measurement } from '../domain/figure.js';
import type { KpiDefinition, Rules } from '../domain/kpi.js';
import type { Dimension, Measured, Observation } from '../domain/observation.js';
import type { Span } from '../domain/window.js';

/** What the settings of a tenant ask for now. Buckets may still stand under older rules until they are rebuilt. */
export abstract class TenantRules {
  abstract wanted(tenant: string): Rules;
  /** The KPIs of this program, each in its newest version. */
  abstract catalogue(): readonly KpiDefinition[];
}

/** The rules and definitions under which a tenant's buckets were built. */
export interface RulesInForce extends Rules {
  readonly definitions: Definitions;
}

/** Writing side. Callers keep the lock order: rules, observations, buckets. */
export abstract class AggregateTables {
  /** Rules in force of each tenant, held until the end of the transaction; tenants seen first start with those wanted. */
  abstract holdRules(
    transaction: Transaction,
    wanted: ReadonlyMap<string, RulesInForce>,
  ): Promise<ReadonlyMap<string, RulesInForce>>;
  /** Keeps the highest revision of each (at most one of each key is given). Answers only those that won. */
  abstract replace(
    transaction: Transaction,
    observations: readonly Observation[],
  ): Promise<readonly Replacement[]>;
  /** `changes` sorted by bucket. */
  abstract addToBuckets(
    transaction: Transaction,
    changes: readonly BucketChange[],
    nowMs: number,
  ): Promise<void>;
}

export interface ObservationPage {
  readonly tenant: string;
  /** Kind and key of the last one read. */
  readonly after?: ObservationPlace | undefined;
  readonly limit: number;
}

export interface Build {
  readonly definitions: readonly KpiDefinition[];
  readonly for: BuildPurpose;
  /** Undefined: under the rules in force. */
  readonly under?: Rules;
}

/** Buckets of one KPI, from an instant on. */
export interface DifferenceQuery {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly fromMs: number;
}

export interface DifferencePage {
  readonly differences: readonly BucketDifference[];
  /** Where the next page begins; undefined: there is none. */
  readonly nextMs: number | undefined;
}

/** What a rebuild needs beside the writing side. */
export abstract class RebuildTables extends AggregateTables {
  abstract tenants(transaction: Transaction): Promise<ReadonlyMap<string, RulesInForce>>;
  /** Waits for batches in flight and keeps new ones out; undefined when the tenant is not there. */
  abstract lockRules(transaction: Transaction, tenant: string): Promise<RulesInForce | undefined>;
  /** As a batch holds them: they stay, and so does what is being built. */
  abstract shareRules(transaction: Transaction, tenant: string): Promise<RulesInForce | undefined>;
  abstract storeRules(transaction: Transaction, tenant: string, rules: Rules): Promise<void>;
  /** Begins to build, from before the first observation. */
  abstract startBuilding(transaction: Transaction, tenant: string, build: Build): Promise<void>;
  abstract builtUpTo(
    transaction: Transaction,
    tenant: string,
    last: ObservationPlace,
  ): Promise<void>;
  /** What was built replaces what was in force under the same names. */
  abstract bringIntoForce(transaction: Transaction, tenant: string, nowMs: number): Promise<void>;
  /** Gives up what is being built; of shadows that were compared nothing more is needed. */
  abstract dropBuilding(transaction: Transaction, tenant: string): Promise<void>;
  /** Removes counters of versions no longer in force and of dropped shadows, a bounded number of them. */
  abstract sweepReplaced(transaction: Transaction): Promise<void>;
  /** Whether shadows of a tenant left counters that are not swept yet: no others can be built meanwhile. */
  abstract hasDroppedShadows(transaction: Transaction, tenant: string): Promise<boolean>;
  /** What the shadow of a KPI in force has otherwise than its buckets: a page of them. */
  abstract differences(transaction: Transaction, query: DifferenceQuery): Promise<DifferencePage>;
  /** A bucket whose row is lost comes back empty, with what the ledger knows of its publications. */
  abstract restorePublished(
    transaction: Transaction,
    buckets: readonly BucketKey[],
    nowMs: number,
  ): Promise<void>;
  abstract countObservations(transaction: Transaction, tenant: string): Promise<number>;
  abstract observations(
    transaction: Transaction,
    page: ObservationPage,
  ): Promise<readonly Measured[]>;
}

export interface Filter {
  readonly dimension: Dimension;
  /** Any of these. */
  readonly values: readonly string[];
}

export interface MeasureQuery {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly rules: Rules;
  /** From counters; with `asOfMs` from what was published by then. */
  readonly whole: readonly Span[];
  readonly asOfMs?: number;
  /** From observations. */
  readonly edges: readonly Span[];
  readonly filters: readonly Filter[];
  readonly by: readonly Dimension[];
  /** Starts of the periods of a series, ascending; the first is the start of the span. */
  readonly periodStarts: readonly number[];
}

/** A part of the answer; several with equal `period` and `by` are to be added. */
export interface MeasuredPart extends Measurement {
  /** Index into `periodStarts`. */
  readonly period: number;
  readonly by: readonly string[];
}

/** Position of an observation in the order of a drill-down: (at, kind, key). */
export interface Position {
  readonly atMs: number;
  readonly kind: string;
  readonly key: string;
}

export interface BehindQuery {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly rules: Rules;
  readonly span: Span;
  readonly filters: readonly Filter[];
  readonly after?: Position;
  readonly limit: number;
}

/** Reading side; all calls of one view see the same state. */
export abstract class KpiView {
  abstract rules(tenant: string): Promise<RulesInForce>;
  /** The definition of a KPI that was in force at an instant. */
  abstract definitionAt(
    tenant: string,
    kpi: string,
    atMs: number,
  ): Promise<KpiDefinition | undefined>;
  abstract measure(query: MeasureQuery): Promise<readonly MeasuredPart[]>;
  /** The state of the buckets of each day (domain/day.ts), which every change of them changes; days that never had one are left out. */
  abstract dayTokens(
    tenant: string,
    first: number,
    last: number,
  ): Promise<ReadonlyMap<number, string>>;
  /** Observations that contribute, in the order of {@link Position}. */
  abstract behind(query: BehindQuery): Promise<readonly Observation[]>;
}

export abstract class KpiReadings {
  abstract snapshot<Result>(work: (view: KpiView) => Promise<Result>): Promise<Result>;
}
