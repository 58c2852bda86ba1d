import { standingOnly } from '../domain/definitions.js';
import { addToBins } from '../domain/histogram.js';
import { dimensionOf } from '../domain/observation.js';
import type { Measured, Observation } from '../domain/observation.js';
import { contributionTo } from '../domain/tally.js';
import type { MemoryTables } from './memory-tables.fixture.js';
import { KpiReadings, KpiView } from './ports.js';
import type {
  BehindQuery,
  Filter,
  MeasuredPart,
  MeasureQuery,
  RulesInForce,
  TenantRules,
} from './ports.js';

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
    const definitions = standingOnly(this.tenants.catalogue());
    const wanted = { ...this.tenants.wanted(tenant), definitions };
    return Promise.resolve(this.tables.rules.get(tenant) ?? wanted);
  }

  definitionAt(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  measure(query: MeasureQuery): Promise<readonly MeasuredPart[]> {
    return Promise.resolve([...this.counters(query), ...this.edges(query)]);
  }

  dayTokens(tenant: string, first: number, last: number): Promise<ReadonlyMap<number, string>> {
    const known = [...this.tables.days].flatMap(([of, token]): [number, string][] => {
      const [owner, day] = of.split(' ');
      return owner === tenant ? [[Number(day), token]] : [];
    });
    return Promise.resolve(new Map(known.filter(([day]) => day >= first && day <= last)));
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
