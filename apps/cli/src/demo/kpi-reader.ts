import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#kernel';
import type { TouchlineClient } from '../adapters/touchline-client.js';

export interface Figure {
  readonly value: number | string | null;
  readonly n: number;
  readonly provisional: boolean;
}

export interface KpiTableRow {
  readonly kpi: string;
  readonly title: string;
  readonly unit: string;
  readonly currency?: string;
  readonly windows: Readonly<Record<string, Figure>>;
}

export interface Span {
  /** `YYYY-MM-DD` in the tenant's zone. */
  readonly from: string;
  readonly to: string;
}

const POLL_MS = 250;
/** Between two equal looks at the table, longer than metrics takes for a batch. */
const QUIET_MS = 1_000;

export class KpiReader {
  constructor(private readonly client: TouchlineClient) {}

  async figure(kpi: string, { from, to }: Span): Promise<Figure> {
    return (await this.client.get(`/v1/kpis/${kpi}?from=${from}&to=${to}`)) as Figure;
  }

  async table(windows: readonly string[]): Promise<KpiTableRow[]> {
    const path = `/v1/kpis/table?windows=${windows.join(',')}`;
    return ((await this.client.get(path)) as { rows: KpiTableRow[] }).rows;
  }

  /** Waits until the KPI has this value; `report` hears the one it has. */
  async untilValue(
    kpi: string,
    options: Span & { value: number; patienceMs: number; report?: (value: number) => void },
  ): Promise<void> {
    const deadlineAt = performance.now() + options.patienceMs;
    for (;;) {
      const value = Number((await this.figure(kpi, options)).value ?? 0);
      options.report?.(value);
      if (value === options.value) return;
      if (performance.now() > deadlineAt) {
        const detail = `the KPI ${kpi} stands at ${value} and should be ${options.value}`;
        throw new Fault('internal', detail);
      }
      await sleep(POLL_MS);
    }
  }

  /** Waits until two looks at everything, a little apart, show the same. */
  async untilQuiet(windows: readonly string[], patienceMs: number): Promise<KpiTableRow[]> {
    const deadlineAt = performance.now() + patienceMs;
    let before = await this.table(windows);
    while (performance.now() < deadlineAt) {
      await sleep(QUIET_MS);
      const now = await this.table(windows);
      if (JSON.stringify(now) === JSON.stringify(before)) return now;
      before = now;
    }
    return before;
  }
}
