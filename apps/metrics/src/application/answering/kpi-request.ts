import type { Period } from '../../domain/bucket.js';
import type { KpiDefinition } from '../../domain/kpi.js';
import type { Dimension } from '../../domain/observation.js';
import type { AskedSpan } from '../../domain/asked-span.js';
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
}

export interface BehindRequest extends Omit<KpiRequest, 'bucket' | 'isCompared'> {
  readonly limit: number;
  readonly after?: Position;
}
