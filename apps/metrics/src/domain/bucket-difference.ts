/**
 * What a bucket counted anew (the shadow's) has more or less than the one that stands. Added to the standing bucket it makes the
 * two equal, so a difference is written as every other change of a bucket is, and says why: the rules were applied anew.
 */
import type { BucketCalendar } from './bucket.js';
import type { BucketChange } from './contribution.js';
import type { Bins } from './histogram.js';
import type { KpiDefinition } from './kpi.js';
import type { Tally } from './tally.js';

export interface BucketDifference {
  readonly startMs: number;
  readonly dims: readonly string[];
  readonly tally: Tally;
  readonly bins: Bins;
  /** Whether the standing one counts anything, and the one counted anew. */
  readonly stands: boolean;
  readonly isCounted: boolean;
}

export const RULES_CAUSE = 'rules';

interface Place {
  readonly tenant: string;
  readonly kpi: KpiDefinition;
  readonly calendar: BucketCalendar;
  /** A replay; none when settings changed. */
  readonly ref: string | null;
}

export function changeOf(
  { startMs, dims, tally, bins }: BucketDifference,
  { tenant, kpi, calendar, ref }: Place,
): BucketChange {
  return {
    tenant,
    kpi: kpi.name,
    version: kpi.version,
    startMs,
    dims,
    endMs: calendar.endOf(startMs),
    tally,
    bins,
    causes: [{ cause: RULES_CAUSE, ref, count: 1 }],
  };
}
