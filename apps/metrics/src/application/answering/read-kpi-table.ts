import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { calendarOf } from '../../domain/bucket.js';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import type { Figure } from '../../domain/figure.js';
import type { KpiDefinition, Rules } from '../../domain/kpi.js';
import { spanOf } from '../../domain/asked-span.js';
import { wholeBuckets } from '../../domain/window.js';
import type { WindowName } from '../../domain/window.js';
import { answeredAt } from './as-of.js';
import { standingDefinition } from './standing-definition.js';
import { SpanAnswer } from './measure-span.js';
import { KpiReadings } from '../ports.js';
import type { KpiView } from '../ports.js';

export interface KpiTableRow {
  readonly kpi: string;
  readonly title: string;
  readonly version: number;
  readonly unit: KpiDefinition['unit'];
  /** Money has a row a currency. */
  readonly currency?: string;
  readonly windows: Readonly<Partial<Record<WindowName, Figure>>>;
}

export interface KpiTable {
  readonly asOf: string;
  readonly windows: readonly WindowName[];
  readonly rows: readonly KpiTableRow[];
}

interface Cell {
  readonly window: WindowName;
  readonly currency: string;
  readonly figure: Figure;
}

/** Every KPI × window, of one snapshot and one instant. */
@Injectable()
export class ReadKpiTable {
  constructor(
    private readonly readings: KpiReadings,
    private readonly clock: Clock,
  ) {}

  /** `asOfMs`: as published by then. */
  async execute(
    tenant: string,
    windows: readonly WindowName[],
    asOfMs?: number,
  ): Promise<KpiTable> {
    const nowMs = answeredAt(asOfMs, this.clock.now());
    return this.readings.snapshot(async (view) => {
      const rules = await view.rules(tenant);
      const rows: KpiTableRow[] = [];
      if (windows.length === 0) return { asOf: new Date(nowMs).toISOString(), windows, rows };
      // One connection, one statement at a time: the loop is over the catalogue, not over data.
      for (const named of CATALOGUE) {
        const asked = { tenant, kpi: named, by: [], filters: [], asOfMs };
        const standing = await standingDefinition(view, rules, asked);
        const question = { tenant, ...standing, rules, windows, nowMs, asOfMs };
        rows.push(...rowsOf(standing.kpi, await cellsOf(view, question)));
      }
      return { asOf: new Date(nowMs).toISOString(), windows, rows };
    });
  }
}

interface CellQuestion {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly isFromObservations?: true;
  readonly rules: Rules;
  readonly windows: readonly WindowName[];
  readonly nowMs: number;
  readonly asOfMs: number | undefined;
}

/** Windows end together, so each is the longest from one of its divisions on: one reading answers them all. */
async function cellsOf(view: KpiView, question: CellQuestion): Promise<Cell[]> {
  const { kpi, rules, windows, nowMs, asOfMs } = question;
  const calendar = calendarOf(rules.zone);
  const spans = windows.map((window) => {
    const asked = spanOf({ window }, calendar, nowMs);
    return asOfMs === undefined ? asked : wholeBuckets(asked, calendar);
  });
  const toMs = spans[0]?.toMs ?? nowMs;
  const starts = [...new Set(spans.map(({ fromMs }) => fromMs))].sort((a, b) => a - b);
  const periods = starts.map((fromMs, index) => ({ fromMs, toMs: starts[index + 1] ?? toMs }));
  const span = { fromMs: starts[0] ?? toMs, toMs };
  const by = kpi.unit === 'money' ? (['currency'] as const) : [];
  const whole = await SpanAnswer.ask(view, { ...question, span, periods, filters: [], by });
  return windows.flatMap((window, index) => {
    const answer = whole.since(starts.indexOf(spans[index]?.fromMs ?? toMs));
    if (by.length === 0) return [{ window, currency: '', figure: answer.total() }];
    return answer.groups().map(({ key, figure }) => ({ window, currency: key[0] ?? '', figure }));
  });
}

function rowsOf(kpi: KpiDefinition, cells: readonly Cell[]): KpiTableRow[] {
  const byCurrency = Map.groupBy(cells, ({ currency }) => currency);
  return [...byCurrency]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, own]) => ({
      kpi: kpi.name,
      version: kpi.version,
      title: kpi.title,
      unit: kpi.unit,
      ...(kpi.unit === 'money' ? { currency } : {}),
      windows: Object.fromEntries(own.map(({ window, figure }) => [window, figure])),
    }));
}
