import type { Period } from '../../domain/bucket.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { Dimension } from '../../domain/observation.js';
import type { AskedSpan } from '../../domain/asked-span.js';
import type { CorrectionPosition } from '../publication-ports.js';
import type { Filter, Position } from '../ports.js';

/** A checked question about one KPI. */
export interface KpiRequest {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly span: AskedSpan;
  readonly by: readonly Dimension[];
  readonly filters: readonly Filter[];
  readonly bucket?: Period;
  readonly isCompared: boolean;
  /** Asks for the numbers as they were published by then; rolling windows end there. */
  readonly asOfMs?: number;
}

export interface BehindRequest extends Omit<KpiRequest, 'bucket' | 'isCompared' | 'asOfMs'> {
  readonly limit: number;
  readonly after?: Position;
}

export interface CorrectionsRequest extends Omit<BehindRequest, 'by' | 'after'> {
  readonly after?: CorrectionPosition;
}
