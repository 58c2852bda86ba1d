import type { KpiCorrected, KpiFigure } from '#contracts';
import type { Corrections } from '../../application/answering/list-corrections.js';
import type { Correction } from '../../application/publication-ports.js';
import { dimsOf } from '../../application/publishing/kpi-records.js';
import { figureOf } from '../../domain/figure.js';
import type { Measurement } from '../../domain/figure.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import { encodeCorrectionCursor } from './cursor.js';

type CorrectionView = Omit<KpiCorrected, 'tenant' | 'unit'>;

export interface CorrectionsView {
  readonly kpi: string;
  readonly unit: KpiDefinition['unit'];
  readonly from: string;
  readonly to: string;
  readonly items: readonly CorrectionView[];
  readonly next: string | null;
}

/** The ledger as JSON. */
export function correctionsView(
  kpi: KpiDefinition,
  { span, items, next }: Corrections,
): CorrectionsView {
  return {
    kpi: kpi.name,
    unit: kpi.unit,
    from: instant(span.fromMs),
    to: instant(span.toMs),
    items: items.map(itemView),
    next: next === undefined ? null : encodeCorrectionCursor(span, next),
  };
}

function itemView(correction: Correction): CorrectionView {
  const { version, startMs, dims, atMs, causes, definition: kpi } = correction;
  return {
    kpi: kpi.name,
    version,
    bucketStart: instant(startMs),
    dims: dimsOf(kpi, dims),
    old: figureView(kpi, correction.old),
    new: figureView(kpi, correction.new),
    at: instant(atMs),
    causes,
  };
}

function figureView(kpi: KpiDefinition, measurement: Measurement): KpiFigure {
  const { value, n, numerator, provisional } = figureOf(kpi, measurement);
  return { value, n, numerator, provisional };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
