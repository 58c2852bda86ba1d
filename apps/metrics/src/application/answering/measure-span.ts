import { Fault } from '#kernel';
import { calendarOf } from '../../domain/bucket.js';
import { figureOf, figureWithoutSum, measuredSum } from '../../domain/figure.js';
import type { Figure } from '../../domain/figure.js';
import type { KpiDefinition, Rules } from '../../domain/kpi.js';
import type { Dimension } from '../../domain/observation.js';
import { splitSpan } from '../../domain/window.js';
import type { Span, SplitSpan } from '../../domain/window.js';
import type { Filter, KpiView, MeasuredPart } from '../ports.js';

/** Groups in one answer; more asks for a filter. */
const GROUPS_MAX = 1_000;

export interface SpanQuestion {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly rules: Rules;
  readonly span: Span;
  readonly filters: readonly Filter[];
  readonly by: readonly Dimension[];
  /** What the span is divided into, in order and without gaps; none = the span as one. */
  readonly periods?: readonly Span[];
  /** What was published by then; the span must be of whole buckets. */
  readonly asOfMs?: number;
  /** Everything from observations, nothing from counters: what a drill-down adds up. */
  readonly isFromObservations?: true;
}

/**
 * The parts of one answer, with the rule of money kept: amounts of several currencies are never added. Money is therefore
 * always measured by currency, whatever `by` says.
 */
export class SpanAnswer {
  private readonly byPeriod: ReadonlyMap<number, readonly MeasuredPart[]>;
  private readonly byGroup: ReadonlyMap<string, readonly MeasuredPart[]>;

  private constructor(
    private readonly question: SpanQuestion,
    private readonly parts: readonly MeasuredPart[],
  ) {
    this.byPeriod = Map.groupBy(parts, ({ period }) => period);
    this.byGroup = Map.groupBy(parts, (part) => this.keyOf(part).join('\u0000'));
  }

  static async ask(view: KpiView, question: SpanQuestion): Promise<SpanAnswer> {
    const { tenant, kpi, rules, span, filters, asOfMs } = question;
    const periodStarts = question.periods?.map(({ fromMs }) => fromMs) ?? [span.fromMs];
    const { whole, edges } = sourcesOf(question, periodStarts);
    const by = measuredBy(question);
    const parts = await view.measure({
      tenant,
      kpi,
      rules,
      whole,
      edges,
      filters,
      by,
      periodStarts,
      ...(asOfMs === undefined ? {} : { asOfMs }),
    });
    const answer = new SpanAnswer(
      question,
      parts.filter(({ tally, bins }) => tally.items !== 0 || bins.size > 0),
    );
    answer.assertAddable();
    return answer;
  }

  total(period?: number): Figure {
    return this.figure(period === undefined ? this.parts : (this.byPeriod.get(period) ?? []));
  }

  /** Groups with at least one observation, the largest first. */
  groups(): { key: readonly string[]; figure: Figure }[] {
    const groups = this.byGroup;
    if (groups.size > GROUPS_MAX) {
      const detail = `${groups.size} groups are more than ${GROUPS_MAX}: narrow them with filter[…]`;
      throw new Fault('invalid-parameter', detail);
    }
    return [...groups.values()]
      .map((parts) => ({ key: this.keyOf(parts[0]), figure: this.figure(parts) }))
      .sort(
        (a, b) => b.figure.n - a.figure.n || (a.key.join('\u0000') < b.key.join('\u0000') ? -1 : 1),
      );
  }

  /** The same answer for one group only. */
  only(key: readonly string[]): SpanAnswer {
    return new SpanAnswer(this.question, this.byGroup.get(key.join('\u0000')) ?? []);
  }

  /** The same answer from a period on. */
  since(period: number): SpanAnswer {
    const parts = this.parts.filter((part) => part.period >= period);
    return new SpanAnswer(this.question, parts);
  }

  private figure(parts: readonly MeasuredPart[]): Figure {
    const sum = measuredSum(parts);
    const isMixed = this.currencies(parts).size > 1;
    return isMixed ? figureWithoutSum(sum.tally) : figureOf(this.question.kpi, sum);
  }

  private assertAddable(): void {
    if (this.question.by.includes('currency')) return;
    const currencies = [...this.currencies(this.parts)].sort();
    if (currencies.length < 2) return;
    const detail = `${this.question.kpi.name} has amounts in ${currencies.join(', ')}`;
    throw new Fault('several-currencies', detail);
  }

  private currencies(parts: readonly MeasuredPart[]): Set<string> {
    if (this.question.kpi.unit !== 'money') return new Set();
    const index = measuredBy(this.question).indexOf('currency');
    return new Set(parts.map((part) => part.by[index] ?? ''));
  }

  private keyOf(part: MeasuredPart | undefined): readonly string[] {
    return part?.by.slice(0, this.question.by.length) ?? [];
  }
}

function sourcesOf(
  { span, rules, asOfMs, isFromObservations }: SpanQuestion,
  periodStarts: readonly number[],
): SplitSpan {
  if (isFromObservations === true) return { whole: [], edges: [span] };
  if (asOfMs !== undefined) return { whole: [span], edges: [] };
  return splitSpan(span, calendarOf(rules.zone), periodStarts);
}

function measuredBy({ kpi, by }: SpanQuestion): readonly Dimension[] {
  return kpi.unit === 'money' && !by.includes('currency') ? [...by, 'currency'] : by;
}
