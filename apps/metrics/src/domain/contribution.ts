/**
 * From changed observations to changed buckets. A replacement (the stored revision and the newer one) moves what the old
 * one contributed out of its buckets and what the new one contributes in; `BucketChanges` sums that over a batch, so that
 * each bucket is written once and one whose net change is nothing not at all. Since tallies form a group, any split of a
 * history into batches, in any order, ends in the same buckets.
 */
import { calendarOf } from './bucket.js';
import { kpisOf } from './catalogue/index.js';
import { addToBins } from './histogram.js';
import { DIMENSIONS_MAX } from './kpi.js';
import type { KpiDefinition, Rules } from './kpi.js';
import { dimensionOf } from './observation.js';
import type { Measured } from './observation.js';
import { addTallies, contributionTo, EMPTY_TALLY, isEmptyTally, negateTally } from './tally.js';
import type { Tally } from './tally.js';

export interface BucketKey {
  readonly tenant: string;
  readonly kpi: string;
  readonly version: number;
  readonly startMs: number;
  /** Values of the KPI's dimensions in their order, filled up to four with ''. */
  readonly dims: readonly string[];
}

export interface BucketChange extends BucketKey {
  readonly endMs: number;
  readonly tally: Tally;
  readonly bins: ReadonlyMap<number, number>;
}

export interface Replacement {
  readonly before: Measured | undefined;
  readonly after: Measured;
}

interface Draft extends BucketKey {
  readonly endMs: number;
  tally: Tally;
  readonly bins: Map<number, number>;
}

export function bucketText(key: BucketKey): string {
  return [key.tenant, key.kpi, key.version, key.startMs, ...key.dims].join('\u0000');
}

export class BucketChanges {
  private readonly drafts = new Map<string, Draft>();

  replace({ before, after }: Replacement, rules: Rules): void {
    if (before !== undefined) this.count(before, rules, -1);
    this.count(after, rules, 1);
  }

  /** Adds (+1) or removes (−1) everything that an observation contributes. */
  count(measured: Measured, rules: Rules, sign: 1 | -1): void {
    if (measured.isGone) return;
    const startMs = calendarOf(rules.zone).startOf(measured.atMs);
    for (const kpi of kpisOf(measured.kind)) {
      const contribution = contributionTo(kpi, measured, rules);
      if (contribution === undefined) continue;
      const draft = this.draft(kpi, { measured, startMs, rules });
      draft.tally = addTallies(
        draft.tally,
        sign === 1 ? contribution.tally : negateTally(contribution.tally),
      );
      if (contribution.sample !== undefined) addToBins(draft.bins, contribution.sample, sign);
    }
  }

  /** Net changes, sorted by bucket: the one order in which buckets are locked. */
  sorted(): BucketChange[] {
    return [...this.drafts]
      .filter(([, draft]) => !isEmptyTally(draft.tally) || draft.bins.size > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, draft]) => draft);
  }

  private draft(
    kpi: KpiDefinition,
    at: { measured: Measured; startMs: number; rules: Rules },
  ): Draft {
    const { measured, startMs, rules } = at;
    const key = {
      tenant: measured.tenant,
      kpi: kpi.name,
      version: kpi.version,
      startMs,
      dims: bucketDims(kpi, measured),
    };
    const text = bucketText(key);
    const known = this.drafts.get(text);
    if (known !== undefined) return known;
    const draft = {
      ...key,
      endMs: calendarOf(rules.zone).endOf(startMs),
      tally: EMPTY_TALLY,
      bins: new Map<number, number>(),
    };
    this.drafts.set(text, draft);
    return draft;
  }
}

function bucketDims(kpi: KpiDefinition, measured: Measured): string[] {
  const dims = kpi.dimensions.map((dimension) => dimensionOf(measured, dimension));
  while (dims.length < DIMENSIONS_MAX) dims.push('');
  return dims;
}
