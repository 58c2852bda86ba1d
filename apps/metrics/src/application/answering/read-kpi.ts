import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { spanOf } from '../../domain/asked-span.js';
import { calendarOf } from '../../domain/bucket.js';
import type { Figure } from '../../domain/figure.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { Dimension } from '../../domain/observation.js';
import { periodsOf, previousSpan, wholeBuckets } from '../../domain/window.js';
import type { Span } from '../../domain/window.js';
import type { KpiRequest } from './kpi-request.js';
import { answeredAt } from './as-of.js';
import { standingDefinition } from './standing-definition.js';
import { SpanAnswer } from './measure-span.js';
import type { SpanQuestion } from './measure-span.js';
import { KpiReadings } from '../ports.js';
import type { KpiView } from '../ports.js';

export interface Point extends Figure {
  readonly from: string;
  readonly to: string;
}

export interface Group extends Figure {
  readonly dims: Readonly<Partial<Record<Dimension, string>>>;
  readonly series?: readonly Point[];
}

export interface SpanFigure extends Figure {
  readonly from: string;
  readonly to: string;
  /** The span and its grace have passed: only late interactions can still change it. */
  readonly complete: boolean;
}

export interface KpiAnswer extends SpanFigure {
  readonly kpi: string;
  readonly version: number;
  readonly unit: KpiDefinition['unit'];
  readonly asOf: string;
  readonly groups: readonly Group[];
  readonly series: readonly Point[];
  readonly previous?: SpanFigure;
}

/** How long after its end a span may still be filling; the same grace as publication. */
export abstract class CompletenessGrace {
  abstract readonly graceMs: number;
}

/** One KPI over one span: whole buckets from counters, broken edges from observations, all of one snapshot. */
@Injectable()
export class ReadKpi {
  constructor(
    private readonly readings: KpiReadings,
    private readonly clock: Clock,
    private readonly completeness: CompletenessGrace,
  ) {}

  async execute(request: KpiRequest): Promise<KpiAnswer> {
    const nowMs = answeredAt(request.asOfMs, this.clock.now());
    return this.readings.snapshot((view) => this.read(view, request, nowMs));
  }

  private async read(view: KpiView, request: KpiRequest, nowMs: number): Promise<KpiAnswer> {
    const { tenant, filters, by, bucket, asOfMs } = request;
    const rules = await view.rules(tenant);
    const standing = await standingDefinition(view, rules, request);
    const { kpi } = standing;
    const calendar = calendarOf(rules.zone);
    const asked = spanOf(request.span, calendar, nowMs);
    const span = asOfMs === undefined ? asked : wholeBuckets(asked, calendar);
    const periods = bucket === undefined ? undefined : periodsOf(span, bucket, calendar);
    const question = { tenant, ...standing, rules, span, filters, by, periods, asOfMs };
    const answer = await SpanAnswer.ask(view, question);
    return {
      kpi: kpi.name,
      version: kpi.version,
      unit: kpi.unit,
      ...this.figureOf(span, answer.total(), nowMs),
      asOf: instant(nowMs),
      groups: by.length === 0 ? [] : groupsOf(answer, question),
      series: seriesOf(answer, periods ?? []),
      ...(request.isCompared ? { previous: await this.previous(view, question, nowMs) } : {}),
    };
  }

  private async previous(
    view: KpiView,
    question: SpanQuestion,
    nowMs: number,
  ): Promise<SpanFigure> {
    const before = previousSpan(question.span);
    const isWhole = question.asOfMs !== undefined;
    const span = isWhole ? wholeBuckets(before, calendarOf(question.rules.zone)) : before;
    const answer = await SpanAnswer.ask(view, { ...question, span, periods: undefined });
    return this.figureOf(span, answer.total(), nowMs);
  }

  private figureOf(span: Span, figure: Figure, nowMs: number): SpanFigure {
    return {
      from: instant(span.fromMs),
      to: instant(span.toMs),
      ...figure,
      complete: span.toMs + this.completeness.graceMs <= nowMs,
    };
  }
}

function groupsOf(answer: SpanAnswer, { by, periods }: SpanQuestion): Group[] {
  return answer.groups().map(({ key, figure }) => ({
    dims: Object.fromEntries(by.map((dimension, index) => [dimension, key[index] ?? ''])),
    ...figure,
    ...(periods === undefined ? {} : { series: seriesOf(answer.only(key), periods) }),
  }));
}

function seriesOf(answer: SpanAnswer, periods: readonly Span[]): Point[] {
  return periods.map(({ fromMs, toMs }, index) => ({
    from: instant(fromMs),
    to: instant(toMs),
    ...answer.total(index),
  }));
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
