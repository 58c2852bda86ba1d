/**
 * Why numbers change: each revision says its cause and reference. They are counted by (cause, reference) over the revisions
 * that changed a bucket since it was published last; the list is bounded, what is left out is one entry with its count.
 */

/** Why a revision came: the `ce_cause` and `ce_causeref` of its record. */
export interface Reason {
  readonly cause: string;
  /** `source/id` of an interaction, a call, a deadline; null when several are counted together. */
  readonly ref: string | null;
}

export interface CountedCause extends Reason {
  /** Revisions that changed the bucket. */
  readonly count: number;
}

/** Causes named in one correction; the rest are counted as {@link OTHER_CAUSES}. */
export const CAUSES_MAX = 20;
export const OTHER_CAUSES = 'others';

/** The most frequent causes first; `total` counts all of them. */
export function boundedCauses(top: readonly CountedCause[], total: number): CountedCause[] {
  const named = top.slice(0, CAUSES_MAX);
  const rest = total - named.reduce((sum, { count }) => sum + count, 0);
  return rest === 0 ? named : [...named, { cause: OTHER_CAUSES, ref: null, count: rest }];
}
