/**
 * What journey knows of a profile: its public id, the other ids that resolve to it, its segments, and where the fold of its
 * timeline stands. `profile.changed` is state transfer: the highest revision is the whole truth. A profile may be met first on
 * an identified record; it then stands at revision 0 until its own record comes. A tombstone (it joined another) keeps the row.
 */
import { canonicalJson } from '#kernel';
import type { Standing } from './checkpoint.js';
import type { SegmentChange } from './derived-fact.js';

/** A derivation threw: rows are kept, facts stay at their last good revision until deriving again succeeds. */
export interface Quarantine {
  /** Watermark at the failure, ms. */
  readonly at: number;
  readonly detail: string;
  /** Keyed facts that could not be derived; folds are made again from the start. */
  readonly factIds: readonly string[];
}

export interface ProfileState {
  readonly tenant: string;
  readonly profileKey: string;
  readonly profileId: string;
  readonly revision: number;
  readonly isGone: boolean;
  readonly formerIds: readonly string[];
  readonly segments: readonly SegmentChange[];
  /** Where the fold of its timeline stands, the passing of time aside; undefined without sequential entries. */
  readonly standing: Standing | undefined;
  /** When the sweeper has to look; never later than the next deadline, sometimes earlier. */
  readonly dueAt: number | undefined;
  readonly quarantine: Quarantine | undefined;
}

export type ProfileNews = Pick<ProfileState, 'tenant' | 'profileKey' | 'revision'> &
  (
    | {
        readonly kind: 'changed';
        readonly profileId: string;
        readonly formerIds: readonly string[];
        readonly segments: readonly SegmentChange[];
        /** The record's bytes: what an export tells of the profile. */
        readonly body: Buffer;
      }
    | {
        readonly kind: 'gone';
        /** It joined no other: nobody finds it by its id again. */
        readonly isErased: boolean;
      }
  );

/** In the place of the id of an erased profile: no id is like this. */
export const NO_PROFILE_ID = '-';

export const profileName = (profile: {
  readonly tenant: string;
  readonly profileKey: string;
}): string => `${profile.tenant}\u001f${profile.profileKey}`;

/** Highest revision of each profile. */
export function newestNews(news: Iterable<ProfileNews>): Map<string, ProfileNews> {
  const newest = new Map<string, ProfileNews>();
  for (const item of news) {
    const known = newest.get(profileName(item));
    if (known === undefined || item.revision > known.revision) newest.set(profileName(item), item);
  }
  return newest;
}

export function withNews(profile: ProfileState, news: ProfileNews | undefined): ProfileState {
  if (news === undefined || news.revision <= profile.revision) return profile;
  const { revision } = news;
  if (news.kind === 'gone') {
    const profileId = news.isErased ? NO_PROFILE_ID : profile.profileId;
    return { ...profile, profileId, revision, isGone: true, formerIds: [], segments: [] };
  }
  const { profileId, formerIds, segments } = news;
  return { ...profile, revision, isGone: false, profileId, formerIds, segments };
}

/** Earliest instant from which the two disagree on the segment in force; undefined when they never do. */
export function segmentsDifferFrom(
  before: readonly SegmentChange[],
  after: readonly SegmentChange[],
): number | undefined {
  const names = (changes: readonly SegmentChange[]) =>
    new Map(changes.map((change) => [canonicalJson(change), change.at]));
  const old = names(before);
  const now = names(after);
  let earliest: number | undefined;
  for (const [mine, others] of [
    [old, now],
    [now, old],
  ] as const) {
    for (const [name, at] of mine) {
      if (!others.has(name) && (earliest === undefined || at < earliest)) earliest = at;
    }
  }
  return earliest;
}
