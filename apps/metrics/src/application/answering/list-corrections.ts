import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { spanOf } from '../../domain/asked-span.js';
import { calendarOf } from '../../domain/bucket.js';
import { wholeBuckets } from '../../domain/window.js';
import type { Span } from '../../domain/window.js';
import { KpiReadings } from '../ports.js';
import { CorrectionLedger } from '../publication-ports.js';
import type { Correction, CorrectionPosition } from '../publication-ports.js';
import { standingDefinition } from './standing-definition.js';
import type { CorrectionsRequest } from './kpi-request.js';

export interface Corrections {
  /** Buckets that it covers. */
  readonly span: Span;
  readonly items: readonly Correction[];
  /** Position of the last item, when there are more. */
  readonly next: CorrectionPosition | undefined;
}

/** What changed in the buckets of a span after they were published, newest first. */
@Injectable()
export class ListCorrections {
  constructor(
    private readonly readings: KpiReadings,
    private readonly ledger: CorrectionLedger,
    private readonly clock: Clock,
  ) {}

  async execute(request: CorrectionsRequest): Promise<Corrections> {
    const { tenant, filters, after, limit } = request;
    const { zone, kpi } = await this.readings.snapshot(async (view) => {
      const rules = await view.rules(tenant);
      const standing = await standingDefinition(view, rules, { ...request, by: [] });
      return { zone: rules.zone, kpi: standing.kpi };
    });
    const calendar = calendarOf(zone);
    const span = wholeBuckets(spanOf(request.span, calendar, this.clock.now()), calendar);
    const asked = { tenant, kpi, span, filters, after, limit: limit + 1 };
    const found = await this.ledger.corrections(asked);
    const items = found.slice(0, limit);
    return { span, items, next: found.length > limit ? items.at(-1) : undefined };
  }
}
