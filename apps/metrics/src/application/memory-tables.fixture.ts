import { randomUUID } from 'node:crypto';
import type { LogRecord, RecordBatch } from '#event-log';
import { UnitOfWork } from '#storage';
import type { BatchEffect, Transaction } from '#storage';
import { bucketText } from '../domain/contribution.js';
import type { BucketChange, Replacement } from '../domain/contribution.js';
import { dayOf } from '../domain/day.js';
import { mergeBins } from '../domain/histogram.js';
import { CATALOGUE } from '../domain/catalogue/index.js';
import type { CountedCause } from '../domain/cause.js';
import { measuredDifference } from '../domain/correction.js';
import type { Measurement } from '../domain/figure.js';
import { isUpTo, standingOnly } from '../domain/definitions.js';
import type { Definitions, ObservationPlace } from '../domain/definitions.js';
import type { KpiDefinition, Rules } from '../domain/kpi.js';
import { observationKey } from '../domain/observation.js';
import type { Measured, Observation } from '../domain/observation.js';
import { addTallies, EMPTY_TALLY, isEmptyTally } from '../domain/tally.js';
import { RebuildTables, TenantRules } from './ports.js';
import type {
  Build,
  DifferencePage,
  DifferenceQuery,
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

const NOTHING: Measurement = { tally: EMPTY_TALLY, bins: new Map() };

/** The tables of metrics as maps. */
export class MemoryTables extends RebuildTables {
  readonly rules = new Map<string, RulesInForce>();
  readonly stored = new Map<string, Observation>();
  readonly buckets = new Map<string, BucketChange>();
  readonly days = new Map<string, string>();
  /** Buckets changed since the last publication (until somebody empties this), and why. */
  readonly dirty = new Map<string, readonly CountedCause[]>();

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
      if (change.version < 0) continue;
      this.days.set(`${change.tenant} ${dayOf(change.startMs)}`, randomUUID());
      const why = [...(this.dirty.get(bucketText(change)) ?? []), ...change.causes];
      this.dirty.set(bucketText(change), why);
    }
    return Promise.resolve();
  }

  tenants(): Promise<ReadonlyMap<string, RulesInForce>> {
    return Promise.resolve(new Map(this.rules));
  }

  lockRules(_: Transaction, tenant: string): Promise<RulesInForce | undefined> {
    return Promise.resolve(this.rules.get(tenant));
  }

  shareRules = this.lockRules.bind(this);

  storeRules(_: Transaction, tenant: string, rules: Rules): Promise<void> {
    this.set(tenant, rules);
    return Promise.resolve();
  }

  startBuilding(_: Transaction, tenant: string, build: Build): Promise<void> {
    const { definitions: building, for: buildingFor, under: buildingUnder } = build;
    this.define(tenant, { building, buildingFor, buildingUnder, builtUpTo: undefined });
    return Promise.resolve();
  }

  builtUpTo(_: Transaction, tenant: string, builtUpTo: ObservationPlace): Promise<void> {
    this.define(tenant, { builtUpTo });
    return Promise.resolve();
  }

  bringIntoForce(_: Transaction, tenant: string): Promise<void> {
    const { inForce = [], building = [] } = this.rules.get(tenant)?.definitions ?? {};
    const kept = inForce.filter(({ name }) => !building.some((each) => each.name === name));
    this.define(tenant, standingOnly([...kept, ...building]));
    return Promise.resolve();
  }

  dropBuilding(_: Transaction, tenant: string): Promise<void> {
    this.define(tenant, standingOnly(this.rules.get(tenant)?.definitions.inForce ?? []));
    return this.sweepReplaced();
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

  hasDroppedShadows(): Promise<boolean> {
    return Promise.resolve(false);
  }

  differences(_: Transaction, { tenant, kpi }: DifferenceQuery): Promise<DifferencePage> {
    const own = [...this.buckets.values()].filter(
      (bucket) => bucket.tenant === tenant && bucket.kpi === kpi.name,
    );
    const at = (version: number) =>
      new Map(
        own
          .filter((bucket) => bucket.version === version)
          .map((bucket) => [`${bucket.startMs} ${bucket.dims.join()}`, bucket]),
      );
    const [standing, counted] = [at(kpi.version), at(-kpi.version)];
    const found = [...new Set([...standing.keys(), ...counted.keys()])].flatMap((place) => {
      const [live, shadow] = [standing.get(place), counted.get(place)];
      const named = shadow ?? live;
      const { tally, bins } = measuredDifference(shadow ?? NOTHING, live ?? NOTHING);
      if (named === undefined || (isEmptyTally(tally) && bins.size === 0)) return [];
      const { startMs, dims } = named;
      const counts = (bucket: BucketChange | undefined): boolean =>
        (bucket?.tally.items ?? 0) !== 0;
      return [{ startMs, dims, tally, bins, stands: counts(live), isCounted: counts(shadow) }];
    });
    return Promise.resolve({ differences: found, nextMs: undefined });
  }

  restorePublished(): Promise<void> {
    return Promise.resolve();
  }

  countObservations(_: Transaction, tenant: string): Promise<number> {
    const own = [...this.stored.values()].filter((each) => each.tenant === tenant);
    return Promise.resolve(own.length);
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

  observations(_: Transaction, page: ObservationPage): Promise<readonly Measured[]> {
    const { after } = page;
    const left = [...this.stored.values()]
      .filter(({ tenant }) => tenant === page.tenant)
      .filter((each) => after === undefined || !isUpTo(each, after))
      .sort((a, b) => (isUpTo(a, b) ? -1 : 1));
    return Promise.resolve(left.slice(0, page.limit));
  }
}
