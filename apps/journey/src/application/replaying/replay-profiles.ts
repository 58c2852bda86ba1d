import type { OutgoingRecord } from '#event-log';
import type { Clock } from '#kernel';
import { Differences, Replaying, type ReplayStep, type ReplayTask } from '#replay';
import { triedOut, type Transaction, type UnitOfWork } from '#storage';
import { standsAs, type Folding } from '../../domain/checkpoint.js';
import { FOLDING, isSequential, keyedFactIds } from '../../domain/derive.js';
import { profileName, segmentsDifferFrom, type ProfileState } from '../../domain/profile.js';
import { readPortrait } from '../decode-records.js';
import { DeriveTouched, type AsOf, type Derivation } from '../derive-touched.js';
import { JourneyStores, type FactRef } from '../ports.js';
import { PublishFacts } from '../publish-facts.js';
import { Touched } from '../touched.js';
import type { ClassifiedEntry, PagedProfile, ReplayStore } from './ports.js';
import { WholeCheckpoints } from './whole-checkpoints.js';

/** A step is a transaction that batches of these profiles wait for. One profile with more rows is a step of its own. */
const STEP_MAX = { profiles: 200, rows: 2_000 };

interface Page extends AsOf {
  readonly profiles: readonly ProfileState[];
  /** Keyed facts that a row counts in, or that stand under a profile. Locked. */
  readonly facts: readonly FactRef[];
}

/**
 * Derives everything of one profile after the other anew: what each row counts in, segments, sequential facts from the start of
 * the timeline, keyed facts. What is stored otherwise is put right, and published under the cause `rules`. Locks in the
 * order of a batch: profiles, facts.
 */
export class ReplayProfiles extends Replaying {
  readonly unit = 'profiles';
  private readonly derivation: DeriveTouched;
  private readonly publication: PublishFacts;

  constructor(
    private readonly unitOfWork: Pick<UnitOfWork, 'revision'>,
    private readonly parts: {
      readonly stores: JourneyStores;
      readonly replays: ReplayStore;
      readonly clock: Clock;
      readonly folding?: Folding;
      readonly stepMax?: typeof STEP_MAX;
    },
  ) {
    super();
    const { stores, replays, clock, folding = FOLDING } = parts;
    const checkpoints = new WholeCheckpoints(stores.checkpoints, replays);
    this.derivation = new DeriveTouched(new JourneyStores({ ...stores, checkpoints }), folding);
    this.publication = new PublishFacts(stores.facts, clock);
  }

  size(transaction: Transaction, tenant: string): Promise<number> {
    return this.parts.replays.countProfiles(transaction, tenant);
  }

  async step(transaction: Transaction, task: ReplayTask): Promise<ReplayStep> {
    const after = { tenant: task.tenant, after: task.position };
    const max = this.parts.stepMax ?? STEP_MAX;
    const paged = await this.parts.replays.page(transaction, after, max);
    const taken = upTo(max.rows, paged);
    const replayed = () => this.replay(transaction, task, taken);
    const { differences, outgoing } = await (task.isDryRun
      ? triedOut(transaction, replayed)
      : replayed());
    return {
      position: taken.at(-1)?.profileKey ?? task.position,
      done: taken.length,
      isFinished: taken.length === paged.length && paged.length < max.profiles,
      differences,
      outgoing: task.isDryRun ? [] : outgoing,
    };
  }

  private async replay(
    transaction: Transaction,
    { ref }: ReplayTask,
    paged: readonly PagedProfile[],
  ): Promise<{ differences: Differences; outgoing: OutgoingRecord[] }> {
    const page = await this.enter(transaction, paged);
    const due = await this.fireDeadlines(transaction, page);
    const touched = new Touched();
    const reason = { cause: 'rules', ref } as const;
    const profiles = await this.withSegments(transaction, due.profiles);
    for (const { before, after } of profiles) {
      touched.profiles.set(profileName(before), { before, after });
      touched.disturb(before, 'everywhere', reason);
    }
    for (const fact of page.facts) touched.fact(fact, reason);
    const derived = await this.derivation.execute(transaction, touched, page);
    const outgoing = await this.publish(transaction, derived);
    const written = [...touched.profiles.values()].map(withoutChange);
    await this.parts.stores.profiles.write(transaction, written);
    return {
      differences: differencesOf(derived, written),
      outgoing: [...due.outgoing, ...outgoing],
    };
  }

  /** Locks; what rows count in is put right on the way. */
  private async enter(transaction: Transaction, paged: readonly PagedProfile[]): Promise<Page> {
    const { replays, stores } = this.parts;
    const locked = await replays.lock(transaction, paged);
    const known = new Set(locked.map(profileName));
    const profiles = [
      ...locked,
      ...paged.filter((each) => !known.has(profileName(each))).map(lost),
    ];
    const rows = await replays.liveRows(transaction, profiles);
    const classified = rows.map(({ entry }) => ({
      entry,
      factIds: keyedFactIds(entry.interaction),
      isSequential: isSequential(entry.interaction),
    }));
    const ids = [...rows, ...classified].flatMap(({ entry: { tenant }, factIds }) =>
      factIds.map((id) => ({ tenant, id })),
    );
    const quarantined = profiles.flatMap(({ tenant, quarantine }) =>
      (quarantine?.factIds ?? []).map((id) => ({ tenant, id })),
    );
    const kept = await replays.keyedFacts(transaction, profiles);
    const facts = [
      ...new Map([...ids, ...quarantined, ...kept].map((ref) => [ref.id, ref])).values(),
    ];
    await stores.facts.lock(transaction, facts);
    await replays.classify(
      transaction,
      classified.filter((row, index) => !countsAlike(row, rows[index])),
    );
    // After all locks: nothing that is stored of these was derived at a later one.
    const tenants = [...new Set(paged.map(({ tenant }) => tenant))];
    const { watermark, thresholds } = await stores.facts.tick(transaction, tenants);
    return { profiles, facts, watermark, thresholds };
  }

  /** What has come with time alone is told as such: the sweeper may not have been here yet. */
  private async fireDeadlines(
    transaction: Transaction,
    { profiles, facts, ...asOf }: Page,
  ): Promise<{ profiles: ProfileState[]; outgoing: OutgoingRecord[] }> {
    const { replays, stores } = this.parts;
    const { watermark } = asOf;
    const touched = new Touched();
    for (const profile of profiles) {
      if (profile.quarantine !== undefined || !this.derivation.isCurrent(profile, asOf)) continue;
      if (profile.dueAt !== undefined && profile.dueAt <= watermark) touched.overdue(profile);
      else touched.hold(profile);
    }
    const overdue = await replays.overdue(transaction, facts, watermark);
    for (const ref of overdue) touched.fact(ref, { cause: 'deadline', ref: String(watermark) });
    if (overdue.length === 0 && touched.appended.size === 0)
      return { profiles: [...profiles], outgoing: [] };
    const derived = await this.derivation.execute(transaction, touched, asOf);
    const outgoing = await this.publish(transaction, derived);
    await stores.profiles.write(transaction, [...touched.profiles.values()]);
    return {
      profiles: profiles.map((each) => touched.profiles.get(profileName(each))?.after ?? each),
      outgoing,
    };
  }

  /** Segments are those of the newest `profile.changed`. */
  private async withSegments(transaction: Transaction, profiles: readonly ProfileState[]) {
    const portraits = await this.parts.replays.portraits(transaction, profiles);
    const told = new Map(
      portraits.map(({ body, ...profile }) => [profileName(profile), readPortrait(body).segments]),
    );
    return profiles.map((before) => {
      const segments = told.get(profileName(before)) ?? [];
      const isSame = segmentsDifferFrom(before.segments, segments) === undefined;
      return { before, after: isSame ? before : { ...before, segments } };
    });
  }

  private publish(transaction: Transaction, derived: Derivation): Promise<OutgoingRecord[]> {
    const revision = this.unitOfWork.revision(derived.counter);
    return this.publication.execute(transaction, derived, revision);
  }
}

/** At least one. */
function upTo(rowsMax: number, paged: readonly PagedProfile[]): PagedProfile[] {
  const taken: PagedProfile[] = [];
  let rows = 0;
  for (const profile of paged) {
    rows += profile.rows;
    if (taken.length > 0 && rows > rowsMax) break;
    taken.push(profile);
  }
  return taken;
}

/** Of facts that nobody owns any more: there is no row to write. */
function lost({ tenant, profileKey }: PagedProfile): ProfileState {
  return {
    tenant,
    profileKey,
    profileId: '',
    revision: 0,
    isGone: true,
    formerIds: [],
    segments: [],
    standing: undefined,
    dueAt: undefined,
    quarantine: undefined,
  };
}

function countsAlike(row: ClassifiedEntry, stored: ClassifiedEntry | undefined): boolean {
  return (
    row.isSequential === stored?.isSequential &&
    row.factIds.length === stored.factIds.length &&
    row.factIds.every((id, index) => id === stored.factIds[index])
  );
}

interface ProfileChange {
  readonly before: ProfileState;
  readonly after: ProfileState;
}

/** Where the fold stands as it did, what is stored stays: how it got there may differ. */
function withoutChange({ before, after }: ProfileChange): ProfileChange {
  const isSame = after.standing !== undefined && standsAs(before.standing, after.standing);
  return { before, after: isSame ? { ...after, standing: before.standing } : after };
}

function differencesOf({ changes }: Derivation, profiles: readonly ProfileChange[]): Differences {
  const differences = Differences.of(
    ...changes.map(({ kind, fact }) => ({ of: fact.kind, change: kind, name: fact.id })),
  );
  for (const { before, after } of profiles) {
    const one = { change: 'changed', name: after.profileId } as const;
    if (before.segments !== after.segments) differences.add({ of: 'segments', ...one });
    if (before.standing !== after.standing) differences.add({ of: 'standing', ...one });
  }
  return differences;
}
