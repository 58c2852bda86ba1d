import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import type { Figure } from '../../domain/figure.js';
import { cutToMinute, WINDOWS } from '../../domain/window.js';
import type { WindowName } from '../../domain/window.js';
import { ReadKpiTable } from './read-kpi-table.js';

/** One KPI over one rolling window; money has a row a currency. */
export interface RollingRow {
  readonly kpi: string;
  readonly version: number;
  readonly unit: string;
  readonly window: WindowName;
  /** Empty but for money. */
  readonly currency: string;
  readonly figure: Figure;
}

export abstract class RollingTable {
  /** Tenants whose rows end before `minuteMs`, or are older than `staleMs` while a bucket changed after them. */
  abstract due(asked: { minuteMs: number; staleMs: number }): Promise<readonly string[]>;
  /** Replaces a tenant's rows, unless newer ones are there. */
  abstract store(
    tenant: string,
    rows: readonly RollingRow[],
    at: { asOfMs: number; computedAtMs: number },
  ): Promise<void>;
}

const EVERY_WINDOW = Object.keys(WINDOWS) as WindowName[];

/** Keeps `kpi_rolling`, the rolling table as rows for SQL and BI tools: the same numbers as over HTTP, a minute old at most. */
@Injectable()
export class RefreshRolling {
  constructor(
    private readonly table: RollingTable,
    private readonly readTable: ReadKpiTable,
    private readonly clock: Clock,
  ) {}

  /** `restMs`: shortest time between two refreshes within a minute. Returns the tenants refreshed. */
  async execute(restMs: number): Promise<readonly string[]> {
    const nowMs = this.clock.now();
    const asked = { minuteMs: cutToMinute(nowMs), staleMs: nowMs - restMs };
    const tenants = await this.table.due(asked);
    for (const tenant of tenants) await this.refresh(tenant);
    return tenants;
  }

  private async refresh(tenant: string): Promise<void> {
    const computedAtMs = this.clock.now();
    const { rows, asOf } = await this.readTable.execute(tenant, EVERY_WINDOW);
    const flat = rows.flatMap(({ kpi, version, unit, currency = '', windows }) =>
      EVERY_WINDOW.flatMap((window) => {
        const figure = windows[window];
        if (figure === undefined) return [];
        return [{ kpi, version, unit, window, currency, figure }];
      }),
    );
    await this.table.store(tenant, flat, { asOfMs: cutToMinute(Date.parse(asOf)), computedAtMs });
  }
}
