import type { DerivedFact } from '../domain/derived-fact.js';
import { strongerReason, type Reason } from '../domain/fact-difference.js';
import { profileName, type ProfileState } from '../domain/profile.js';
import type { Entry } from '../domain/timeline.js';
import type { FactRef, ProfileRef } from './ports.js';

export interface TouchedFact extends FactRef {
  readonly reason: Reason;
  /** Earliest new entry: before the stored end it is a late one. */
  readonly earliest: number;
}

interface TouchedProfile extends ProfileRef {
  readonly reason: Reason;
}

/** What a batch put in question: keyed facts by id, whole profiles to fold again, profiles that only grew. */
export class Touched {
  readonly facts = new Map<string, TouchedFact>();
  readonly refolds = new Map<string, TouchedProfile>();
  readonly appended = new Map<string, Entry[]>();
  readonly segments: (ProfileRef & { readonly at: number })[] = [];
  /** By `profileName`, locked. */
  readonly profiles = new Map<string, { readonly before: ProfileState; after: ProfileState }>();

  fact(ref: FactRef, reason: Reason, occurredAt = Infinity): void {
    const known = this.facts.get(ref.id);
    this.facts.set(ref.id, {
      tenant: ref.tenant,
      id: ref.id,
      reason: strongerReason(known?.reason, reason),
      earliest: Math.min(known?.earliest ?? Infinity, occurredAt),
    });
  }

  refold({ tenant, profileKey }: ProfileRef, reason: Reason): void {
    const name = profileName({ tenant, profileKey });
    const known = this.refolds.get(name);
    this.refolds.set(name, { tenant, profileKey, reason: strongerReason(known?.reason, reason) });
  }

  append(entry: Entry): void {
    const name = profileName(entry);
    const entries = this.appended.get(name) ?? [];
    entries.push(entry);
    this.appended.set(name, entries);
  }

  /** Why a fact changed. A new entry before the stored end of a keyed fact came late. */
  reasonOf(fact: DerivedFact, stored: DerivedFact | undefined): Reason {
    const keyed = this.facts.get(fact.id);
    if (keyed !== undefined) {
      const isLate =
        keyed.reason.cause === 'new' && stored !== undefined && keyed.earliest < stored.to;
      return isLate ? { ...keyed.reason, cause: 'late' } : keyed.reason;
    }
    const refold = this.refolds.get(profileName(fact));
    if (refold !== undefined) return refold.reason;
    const newest = this.appended.get(profileName(fact))?.at(-1)?.interaction;
    if (newest !== undefined) return { cause: 'new', ref: `${newest.source}/${newest.id}` };
    return { cause: 'update', ref: 'segment' };
  }
}
