import type { DerivedFact } from '../domain/derived-fact.js';
import { strongerReason, type Reason } from '../domain/fact-difference.js';
import { profileName, type ProfileState, type Quarantine } from '../domain/profile.js';
import type { Entry } from '../domain/timeline.js';
import type { FactRef, ProfileRef } from './ports.js';

/** Facts that fail beyond this are derived again with the next interaction of theirs. */
const QUARANTINED_FACTS_MAX = 1_000;

export interface TouchedFact extends FactRef {
  readonly reason: Reason;
  /** Earliest new entry: before the stored end it is a late one. */
  readonly earliest: number;
}

/** Where a timeline changed. */
export interface Disturbance extends ProfileRef {
  readonly reason: Reason;
  /** ms: instants at which an entry came, went or changed. */
  readonly instants: ReadonlySet<number>;
  /** Nothing of before can be relied on. */
  readonly isWhole: boolean;
}

/** What a batch put in question: keyed facts by id, timelines that changed inside, timelines that may only have grown. */
export class Touched {
  readonly facts = new Map<string, TouchedFact>();
  readonly disturbed = new Map<string, Disturbance & { readonly instants: Set<number> }>();
  /** By `profileName`; nothing appended means that only time has passed. */
  readonly appended = new Map<string, Entry[]>();
  readonly segments: (ProfileRef & { readonly at: number })[] = [];
  /** By `profileName`, locked. */
  private readonly failed = new Set<string>();
  readonly profiles = new Map<string, { readonly before: ProfileState; after: ProfileState }>();

  tenants(): string[] {
    const all = [...this.profiles.values()].map(({ before }) => before.tenant);
    return [...new Set(all)];
  }

  fact(ref: FactRef, reason: Reason, occurredAt = Infinity): void {
    const known = this.facts.get(ref.id);
    this.facts.set(ref.id, {
      tenant: ref.tenant,
      id: ref.id,
      reason: strongerReason(known?.reason, reason),
      earliest: Math.min(known?.earliest ?? Infinity, occurredAt),
    });
  }

  /** At an instant, or everywhere. */
  disturb({ tenant, profileKey }: ProfileRef, at: number | 'everywhere', reason: Reason): void {
    const name = profileName({ tenant, profileKey });
    const known = this.disturbed.get(name);
    const instants = known?.instants ?? new Set<number>();
    if (at !== 'everywhere') instants.add(at);
    this.disturbed.set(name, {
      tenant,
      profileKey,
      reason: strongerReason(known?.reason, reason),
      instants,
      isWhole: known?.isWhole === true || at === 'everywhere',
    });
  }

  /** A profile that is locked and, so far, stays as it is. */
  hold(profile: ProfileState): void {
    this.profiles.set(profileName(profile), { before: profile, after: profile });
  }

  /** Everything of the profile: what could not be derived before may be now. */
  retry(profile: ProfileState): void {
    const reason = { cause: 'update', ref: 'quarantine' } as const;
    this.disturb(profile, 'everywhere', reason);
    const { tenant, quarantine } = profile;
    for (const id of quarantine?.factIds ?? []) this.fact({ tenant, id }, reason);
  }

  /** Where it stands was made by another fold, or under other settings: when the timeline is touched, nothing of before counts. */
  refold(profile: ProfileState, ref: string): void {
    const name = profileName(profile);
    if (!this.disturbed.has(name) && !this.appended.has(name)) return;
    this.disturb(profile, 'everywhere', { cause: 'rules', ref });
  }

  /** What deriving threw. The profile is looked at again when something of it arrives, or by command. */
  quarantine(profile: ProfileRef, failure: Omit<Quarantine, 'factIds'>, factId?: string): void {
    const known = this.profiles.get(profileName(profile));
    if (known === undefined) return;
    const earlier = this.failed.has(profileName(profile)) ? known.after.quarantine : undefined;
    const factIds = [...(earlier?.factIds ?? []), ...(factId === undefined ? [] : [factId])];
    this.failed.add(profileName(profile));
    const quarantine = { ...failure, factIds: factIds.slice(0, QUARANTINED_FACTS_MAX) };
    known.after = { ...known.after, dueAt: undefined, quarantine };
  }

  /** Quarantines of before that nothing renewed. */
  release(): void {
    for (const [name, profile] of this.profiles) {
      if (profile.before.quarantine !== undefined && !this.failed.has(name))
        profile.after = { ...profile.after, quarantine: undefined };
    }
  }

  /** A profile whose deadlines have passed. */
  overdue(profile: ProfileState): void {
    const name = profileName(profile);
    this.profiles.set(name, { before: profile, after: { ...profile, dueAt: undefined } });
    this.appended.set(name, []);
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
    const disturbance = this.disturbed.get(profileName(fact));
    if (disturbance !== undefined) return disturbance.reason;
    const appended = this.appended.get(profileName(fact));
    const newest = appended?.at(-1)?.interaction;
    if (newest !== undefined) return { cause: 'new', ref: `${newest.source}/${newest.id}` };
    if (appended !== undefined) return { cause: 'deadline', ref: String(fact.finalAt ?? fact.to) };
    return { cause: 'update', ref: 'segment' };
  }
}
