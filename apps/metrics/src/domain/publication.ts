/**
 * When a bucket's number goes out, and what stays of it. A bucket waits until its hour is over and `graceMs` more; then until
 * it was quiet for `quietMs`, but no longer than `quietMaxMs` from its first unpublished change. Published once, a later
 * change goes out when it was quiet for `againQuietMs`, at most every `againEveryMs`, and no later than `quietMaxMs`. So an
 * import of history publishes each bucket once, not a thousand times.
 *
 * Publications are primary data: each is kept as a row of absolute counters with a growing sequence. A correction is the
 * difference of two successive rows, so first publication + Σ corrections = last. A bucket that became empty is published as
 * such (a tombstone on the topic); one that was never published and is empty again leaves no trace.
 */
import type { BucketKey } from './contribution.js';
import { isSameBins } from './correction.js';
import type { CountedCause } from './cause.js';
import type { Measurement } from './figure.js';
import { isSameTally } from './tally.js';

export interface PublicationRule {
  readonly graceMs: number;
  readonly quietMs: number;
  readonly quietMaxMs: number;
  readonly againQuietMs: number;
  readonly againEveryMs: number;
}

export interface PublishedBucket extends BucketKey, Measurement {
  readonly endMs: number;
  /** 1 for the first. */
  readonly sequence: number;
  readonly publishedAtMs: number;
  /** Since the publication before; of a first one nothing is said. */
  readonly causes: readonly CountedCause[];
}

export interface UnpublishedChange {
  readonly endMs: number;
  /** First and last change since the last publication. */
  readonly dirtySinceMs: number;
  readonly changedAtMs: number;
  readonly publishedAtMs: number | undefined;
}

/** The instant at which a changed bucket is published, if nothing more happens to it. */
export function dueAt(change: UnpublishedChange, rule: PublicationRule): number {
  const { endMs, dirtySinceMs, changedAtMs, publishedAtMs } = change;
  const isFirst = publishedAtMs === undefined;
  const quietAt = changedAtMs + (isFirst ? rule.quietMs : rule.againQuietMs);
  const earliest = isFirst ? endMs + rule.graceMs : publishedAtMs + rule.againEveryMs;
  return Math.max(earliest, Math.min(quietAt, dirtySinceMs + rule.quietMaxMs));
}

/** Whether readers would see a difference. */
export function isNews(now: Measurement, last: Measurement | undefined): boolean {
  if (last === undefined) return now.tally.items > 0;
  return !isSameTally(now.tally, last.tally) || !isSameBins(now.bins, last.bins);
}

/** Publications of a bucket never share an instant, so that `asOf` always means one of them. */
export function publishedAt(nowMs: number, lastAtMs: number | undefined): number {
  return lastAtMs === undefined ? nowMs : Math.max(nowMs, lastAtMs + 1);
}
