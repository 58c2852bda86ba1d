import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { spanOf } from '../../domain/asked-span.js';
import { calendarOf } from '../../domain/bucket.js';
import { amountOf } from '../../domain/figure.js';
import type { Amount } from '../../domain/figure.js';
import type { KpiDefinition, Rules } from '../../domain/kpi.js';
import type { Dimension, Observation } from '../../domain/observation.js';
import { contributionTo } from '../../domain/tally.js';
import type { BehindRequest } from './kpi-request.js';
import { standingDefinition } from './standing-definition.js';
import { SpanAnswer } from './measure-span.js';
import { KpiReadings } from '../ports.js';
import type { KpiView, Position } from '../ports.js';

/** One fact or interaction behind a number, with what it adds: Σ n = count, Σ numerator = sum. */
export interface FactBehind {
  readonly observation: Observation;
  readonly n: number;
  readonly numerator: Amount;
}

export interface FactsBehind {
  readonly kpi: KpiDefinition;
  readonly span: { readonly from: string; readonly to: string };
  readonly count: number;
  /** Null when amounts of several currencies are listed: see `groups`. */
  readonly sum: Amount | null;
  readonly groups: readonly {
    readonly dims: Readonly<Partial<Record<Dimension, string>>>;
    readonly count: number;
    readonly sum: Amount | null;
  }[];
  readonly items: readonly FactBehind[];
  /** Position of the last item, when there are more. */
  readonly next: Position | undefined;
}

/** Opens a number to what makes it up. The totals come from the observations alone, not from the counters they must equal. */
@Injectable()
export class ListFactsBehind {
  constructor(
    private readonly readings: KpiReadings,
    private readonly clock: Clock,
  ) {}

  async execute(request: BehindRequest): Promise<FactsBehind> {
    const nowMs = this.clock.now();
    return this.readings.snapshot((view) => list(view, request, nowMs));
  }
}

async function list(view: KpiView, request: BehindRequest, nowMs: number): Promise<FactsBehind> {
  const { tenant, by, filters, limit, after } = request;
  const rules = await view.rules(tenant);
  const { kpi } = await standingDefinition(view, rules, request);
  const span = spanOf(request.span, calendarOf(rules.zone), nowMs);
  const question = { tenant, kpi, rules, span, filters, by };
  const totals = await SpanAnswer.ask(view, { ...question, isFromObservations: true });
  const found = await view.behind({ tenant, kpi, rules, span, filters, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const total = totals.total();
  return {
    kpi,
    span: { from: new Date(span.fromMs).toISOString(), to: new Date(span.toMs).toISOString() },
    count: total.n,
    sum: total.numerator,
    groups: by.length === 0 ? [] : groupsOf(totals, by),
    items: shown.map((observation) => behind(observation, kpi, rules)),
    next: found.length > limit ? positionOf(shown.at(-1)) : undefined,
  };
}

function groupsOf(totals: SpanAnswer, by: readonly Dimension[]): FactsBehind['groups'] {
  return totals.groups().map(({ key, figure }) => ({
    dims: Object.fromEntries(by.map((dimension, index) => [dimension, key[index] ?? ''])),
    count: figure.n,
    sum: figure.numerator,
  }));
}

function behind(observation: Observation, kpi: KpiDefinition, rules: Rules): FactBehind {
  const tally = contributionTo(kpi, observation, rules)?.tally;
  return { observation, n: tally?.n ?? 0, numerator: amountOf(kpi.unit, tally?.numerator ?? 0n) };
}

function positionOf(observation: Observation | undefined): Position | undefined {
  if (observation === undefined) return undefined;
  const { atMs, kind, key } = observation;
  return { atMs, kind, key };
}
