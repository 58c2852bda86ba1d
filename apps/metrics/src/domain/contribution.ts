/**
 * From changed observations to changed buckets. A replacement (the stored revision and the newer one) moves what the old
 * one contributed out of its buckets and what the new one contributes in; `BucketChanges` sums that over a batch, so that
 * each bucket is written once and one whose net change is nothing not at all. Since tallies form a group, any split of a
 * history into batches, in any order, ends in the same buckets.
 */
import { calendarOf } from './bucket.js';
import { kpisOf } from './catalogue/index.js';
import type { CountedCause, Reason } from './cause.js';
import { addToBins } from './histogram.js';
import { DIMENSIONS_MAX } from './kpi.js';
import type { KpiDefinition, Rules } from './kpi.js';
import { dimensionOf } from './observation.js';
import type { Measured } from './observation.js';
import {
  addTallies,
  contributionTo,
  EMPTY_TALLY,
  isEmptyTally,
  isSameTally,
  negateTally,
} from './tally.js';
import type { Contribution, Tally } from './tally.js';

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
  /** Revisions that changed it, by cause. */
  readonly causes: readonly CountedCause[];
}

export interface Replacement {
  readonly before: Measured | undefined;
  readonly after: Measured;
}

interface Draft extends BucketKey {
  readonly endMs: number;
  tally: Tally;
  readonly bins: Map<number, number>;
  readonly causeCounts: Map<string, CountedCause>;
}

/** What one observation adds to one KPI, and where. */
interface Part extends BucketKey, Contribution {
  readonly text: string;
}

export function bucketText(key: BucketKey): string {
  return [key.tenant, key.kpi, key.version, key.startMs, ...key.dims].join('\u0000');
}

export class BucketChanges {
  private readonly drafts = new Map<string, Draft>();

  /** A KPI that sees no difference between the two revisions is left alone: its bucket has no new cause. */
  replace(
    { before, after }: Replacement,
    rules: Rules,
    kpis: readonly KpiDefinition[] = kpisOf(after.kind),
  ): void {
    for (const kpi of kpis) {
      const removed = before === undefined ? undefined : partOf(kpi, before, rules);
      const added = partOf(kpi, after, rules);
      if (removed !== undefined && added !== undefined && isSamePart(removed, added)) continue;
      const touched = new Set<Draft>();
      if (removed !== undefined) touched.add(this.add(removed, rules, -1));
      if (added !== undefined) touched.add(this.add(added, rules, 1));
      if (after.reason !== undefined) for (const draft of touched) note(draft, after.reason);
    }
  }

  /** Adds everything that an observation contributes. */
  count(
    measured: Measured,
    rules: Rules,
    kpis: readonly KpiDefinition[] = kpisOf(measured.kind),
  ): void {
    for (const kpi of kpis) {
      const part = partOf(kpi, measured, rules);
      if (part !== undefined) this.add(part, rules, 1);
    }
  }

  /** Net changes, sorted by bucket: the one order in which buckets are locked. */
  sorted(): BucketChange[] {
    return [...this.drafts]
      .filter(([, draft]) => !isEmptyTally(draft.tally) || draft.bins.size > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { causeCounts, ...draft }]) => ({ ...draft, causes: [...causeCounts.values()] }));
  }

  private add(part: Part, rules: Rules, sign: 1 | -1): Draft {
    const draft = this.draft(part, rules);
    draft.tally = addTallies(draft.tally, sign === 1 ? part.tally : negateTally(part.tally));
    if (part.sample !== undefined) addToBins(draft.bins, part.sample, sign);
    return draft;
  }

  private draft(part: Part, rules: Rules): Draft {
    const known = this.drafts.get(part.text);
    if (known !== undefined) return known;
    const { tenant, kpi, version, startMs, dims } = part;
    const draft = {
      tenant,
      kpi,
      version,
      startMs,
      dims,
      endMs: calendarOf(rules.zone).endOf(startMs),
      tally: EMPTY_TALLY,
      bins: new Map<number, number>(),
      causeCounts: new Map<string, CountedCause>(),
    };
    this.drafts.set(part.text, draft);
    return draft;
  }
}

function partOf(kpi: KpiDefinition, measured: Measured, rules: Rules): Part | undefined {
  if (measured.isGone) return undefined;
  const contribution = contributionTo(kpi, measured, rules);
  if (contribution === undefined) return undefined;
  const key = {
    tenant: measured.tenant,
    kpi: kpi.name,
    version: kpi.version,
    startMs: calendarOf(rules.zone).startOf(measured.atMs),
    dims: bucketDims(kpi, measured),
  };
  return { ...key, ...contribution, text: bucketText(key) };
}

function isSamePart(a: Part, b: Part): boolean {
  return a.text === b.text && a.sample === b.sample && isSameTally(a.tally, b.tally);
}

function note({ causeCounts }: Draft, reason: Reason): void {
  const key = `${reason.cause}\u0000${reason.ref ?? ''}`;
  const count = (causeCounts.get(key)?.count ?? 0) + 1;
  causeCounts.set(key, { cause: reason.cause, ref: reason.ref, count });
}

function bucketDims(kpi: KpiDefinition, measured: Measured): string[] {
  const dims = kpi.dimensions.map((dimension) => dimensionOf(measured, dimension));
  while (dims.length < DIMENSIONS_MAX) dims.push('');
  return dims;
}
