import type { LogRecord, RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import type { BatchEffect, Transaction } from '#storage';
import { bucketText } from '../domain/contribution.js';
import type { BucketChange, Replacement } from '../domain/contribution.js';
import { addToBins, mergeBins } from '../domain/histogram.js';
import { CATALOGUE } from '../domain/catalogue/index.js';
import { isUpTo } from '../domain/definitions.js';
import type { Definitions, ObservationPlace } from '../domain/definitions.js';
import type { KpiDefinition, Rules } from '../domain/kpi.js';
import { dimensionOf, observationKey } from '../domain/observation.js';
import type { Measured, Observation } from '../domain/observation.js';
import { addTallies, contributionTo, EMPTY_TALLY } from '../domain/tally.js';
import { KpiReadings, KpiView, RebuildTables, TenantRules } from './ports.js';
import type {
  BehindQuery,
  Filter,
  MeasuredPart,
  MeasureQuery,
  ObservationPage,
  RulesInForce,
} from './ports.js';

/** No database: the work runs at once. */
export class MemoryUnitOfWork extends UnitOfWork {
  private readonly none: Transaction = { query: () => Promise.reject(new Error('no database')) };
  deadLetters = 0;

  run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return work(this.none);
  }

  async publish<Result>(
    work: (transaction: Transaction) => Promise<{ result: Result }>,
  ): Promise<Result> {
    return (await work(this.none)).result;
  }

  async consume(
    batch: RecordBatch,
    work: (transaction: Transaction, records: readonly LogRecord[]) => Promise<BatchEffect>,
  ): Promise<void> {
    const effect = await work(this.none, batch.records);
    this.deadLetters += effect.deadLetters?.length ?? 0;
  }

  startAt(): Promise<readonly undefined[]> {
    return Promise.resolve([]);
  }

  revision(counter: number): number {
    return counter;
  }
}

export class FixedRules extends TenantRules {
  constructor(
    public rules: Rules,
    public definitions: readonly KpiDefinition[] = CATALOGUE,
  ) {
    super();
  }

  catalogue(): readonly KpiDefinition[] {
    return this.definitions;
  }

  wanted(): Rules {
    return this.rules;
  }
}

/** The tables of metrics as maps. */
export class MemoryTables extends RebuildTables {
  readonly rules = new Map<string, RulesInForce>();
  readonly stored = new Map<string, Observation>();
  readonly buckets = new Map<string, BucketChange>();

  holdRules(
    _: Transaction,
    wanted: ReadonlyMap<string, RulesInForce>,
  ): Promise<ReadonlyMap<string, RulesInForce>> {
    for (const [tenant, rules] of wanted)
      if (!this.rules.has(tenant)) this.rules.set(tenant, rules);
    return Promise.resolve(this.rules);
  }

  replace(_: Transaction, observations: readonly Observation[]): Promise<readonly Replacement[]> {
    const replaced: Replacement[] = [];
    for (const after of observations) {
      const before = this.stored.get(observationKey(after));
      if (before !== undefined && before.revision >= after.revision) continue;
      this.stored.set(observationKey(after), after);
      replaced.push({ before, after });
    }
    return Promise.resolve(replaced);
  }

  addToBuckets(_: Transaction, changes: readonly BucketChange[]): Promise<void> {
    for (const change of changes) {
      const known = this.buckets.get(bucketText(change));
      const bins = new Map(known?.bins);
      mergeBins(bins, change.bins);
      const tally = addTallies(known?.tally ?? EMPTY_TALLY, change.tally);
      this.buckets.set(bucketText(change), { ...change, tally, bins });
    }
    return Promise.resolve();
  }

  tenants(): Promise<ReadonlyMap<string, RulesInForce>> {
    return Promise.resolve(new Map(this.rules));
  }

  lockRules(_: Transaction, tenant: string): Promise<RulesInForce | undefined> {
    return Promise.resolve(this.rules.get(tenant));
  }

  storeRules(_: Transaction, tenant: string, rules: Rules): Promise<void> {
    this.set(tenant, rules);
    return Promise.resolve();
  }

  startBuilding(_: Transaction, tenant: string, building: readonly KpiDefinition[]): Promise<void> {
    this.define(tenant, { building, builtUpTo: undefined });
    return Promise.resolve();
  }

  builtUpTo(_: Transaction, tenant: string, builtUpTo: ObservationPlace): Promise<void> {
    this.define(tenant, { builtUpTo });
    return Promise.resolve();
  }

  bringIntoForce(_: Transaction, tenant: string): Promise<void> {
    const { inForce = [], building = [] } = this.rules.get(tenant)?.definitions ?? {};
    const kept = inForce.filter(({ name }) => !building.some((each) => each.name === name));
    this.define(tenant, { inForce: [...kept, ...building], building: [], builtUpTo: undefined });
    return Promise.resolve();
  }

  dropBuilding(_: Transaction, tenant: string): Promise<void> {
    this.define(tenant, { building: [], builtUpTo: undefined });
    return Promise.resolve();
  }

  /** Only buckets of definitions in force, and of those being built, are left. */
  sweepReplaced(): Promise<void> {
    for (const [key, { tenant, kpi, version }] of this.buckets) {
      const { inForce = [], building = [] } = this.rules.get(tenant)?.definitions ?? {};
      const kept = [...inForce, ...building];
      if (!kept.some((each) => each.name === kpi && each.version === version))
        this.buckets.delete(key);
    }
    return Promise.resolve();
  }

  private define(tenant: string, definitions: Partial<Definitions>): void {
    const known = this.rules.get(tenant);
    if (known === undefined) return;
    this.set(tenant, known, { ...known.definitions, ...definitions });
  }

  private set(tenant: string, rules: Rules, definitions?: Definitions): void {
    const known = this.rules.get(tenant);
    if (known === undefined) return;
    this.rules.set(tenant, { ...rules, definitions: definitions ?? known.definitions });
  }

  emptyBuckets(_: Transaction, tenant: string): Promise<void> {
    for (const [key, bucket] of this.buckets)
      if (bucket.tenant === tenant) this.buckets.delete(key);
    return Promise.resolve();
  }

  observations(_: Transaction, page: ObservationPage): Promise<readonly Measured[]> {
    const { after } = page;
    const left = [...this.stored.values()]
      .filter(({ tenant }) => tenant === page.tenant)
      .filter((each) => after === undefined || !isUpTo(each, after))
      .sort((a, b) => (isUpTo(a, b) ? -1 : 1));
    return Promise.resolve(left.slice(0, page.limit));
  }
}

/** Answers from the same maps: counters for whole buckets, observations for edges. */
export class MemoryReadings extends KpiReadings {
  constructor(
    private readonly tables: MemoryTables,
    private readonly tenants: TenantRules,
  ) {
    super();
  }

  snapshot<Result>(work: (view: KpiView) => Promise<Result>): Promise<Result> {
    return work(new MemoryView(this.tables, this.tenants));
  }
}

class MemoryView extends KpiView {
  constructor(
    private readonly tables: MemoryTables,
    private readonly tenants: TenantRules,
  ) {
    super();
  }

  rules(tenant: string): Promise<RulesInForce> {
    const definitions = { inForce: this.tenants.catalogue(), building: [], builtUpTo: undefined };
    const wanted = { ...this.tenants.wanted(tenant), definitions };
    return Promise.resolve(this.tables.rules.get(tenant) ?? wanted);
  }

  definitionAt(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  measure(query: MeasureQuery): Promise<readonly MeasuredPart[]> {
    return Promise.resolve([...this.counters(query), ...this.edges(query)]);
  }

  behind(query: BehindQuery): Promise<readonly Observation[]> {
    const { kpi, rules, span, after, limit } = query;
    const found = [...this.tables.stored.values()]
      .filter(
        (each) => each.tenant === query.tenant && each.atMs >= span.fromMs && each.atMs < span.toMs,
      )
      .filter(
        (each) => contributionTo(kpi, each, rules) !== undefined && matches(each, query.filters),
      )
      .sort((a, b) => comparePositions(a, b))
      .filter((each) => after === undefined || comparePositions(each, after) > 0);
    return Promise.resolve(found.slice(0, limit));
  }

  private counters(query: MeasureQuery): MeasuredPart[] {
    const { whole, kpi } = query;
    const value = (dims: readonly string[], name: string): string =>
      dims[kpi.dimensions.findIndex((each) => each === name)] ?? '';
    return [...this.tables.buckets.values()]
      .filter(
        (each) =>
          each.tenant === query.tenant && each.kpi === kpi.name && each.version === kpi.version,
      )
      .filter(({ startMs }) => whole.some((span) => startMs >= span.fromMs && startMs < span.toMs))
      .filter((each) =>
        query.filters.every(({ dimension, values }) =>
          values.includes(value(each.dims, dimension)),
        ),
      )
      .map((each) => ({
        period: periodOf(query, each.startMs),
        by: query.by.map((name) => value(each.dims, name)),
        tally: each.tally,
        bins: each.bins,
      }));
  }

  private edges(query: MeasureQuery): MeasuredPart[] {
    return [...this.tables.stored.values()].flatMap((each) => {
      const isInside = query.edges.some(
        ({ fromMs, toMs }) => each.atMs >= fromMs && each.atMs < toMs,
      );
      const contribution = contributionTo(query.kpi, each, query.rules);
      if (each.tenant !== query.tenant || !isInside || contribution === undefined) return [];
      if (!matches(each, query.filters)) return [];
      const bins = new Map<number, number>();
      if (contribution.sample !== undefined) addToBins(bins, contribution.sample, 1);
      const by = query.by.map((name) => dimensionOf(each, name));
      return [{ period: periodOf(query, each.atMs), by, tally: contribution.tally, bins }];
    });
  }
}

function matches(each: Measured, filters: readonly Filter[]): boolean {
  return filters.every(({ dimension, values }) => values.includes(dimensionOf(each, dimension)));
}

function periodOf({ periodStarts }: MeasureQuery, atMs: number): number {
  return periodStarts.findLastIndex((start) => start <= atMs);
}

type Positioned = { readonly atMs: number; readonly kind: string; readonly key: string };

function comparePositions(a: Positioned, b: Positioned): number {
  return a.atMs - b.atMs || compare(a.kind, b.kind) || compare(a.key, b.key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
