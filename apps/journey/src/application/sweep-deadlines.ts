import type { OutgoingRecord } from '#event-log';
import type { Clock } from '#kernel';
import type { Transaction, UnitOfWork } from '#storage';
import type { Folding } from '../domain/checkpoint.js';
import { FOLDING } from '../domain/derive.js';
import { profileName } from '../domain/profile.js';
import { DeriveTouched } from './derive-touched.js';
import type { JourneyStores } from './ports.js';
import { PublishFacts } from './publish-facts.js';
import { Touched } from './touched.js';

/** Profiles and keyed facts a transaction, and transactions a sweep: what is left waits for the next one. */
const BATCH_MAX = 500;
const ROUNDS_MAX = 200;

/**
 * Advances the watermark and fires the deadlines that have passed: of profiles from where their folds stand, of keyed facts by
 * deriving them again. Profiles that a batch holds are skipped: that batch, or the next sweep, sees to them. Any number of
 * processes may sweep at once.
 */
export class SweepDeadlines {
  private readonly derivation: DeriveTouched;
  private readonly publication: PublishFacts;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stores: JourneyStores,
    clock: Clock,
    folding: Folding = FOLDING,
  ) {
    this.derivation = new DeriveTouched(stores, folding);
    this.publication = new PublishFacts(stores.facts, clock);
  }

  /** `now`: ms. Returns how many facts changed. */
  async execute(now: number): Promise<number> {
    await this.unitOfWork.run((transaction) =>
      this.stores.profiles.advanceWatermark(transaction, now),
    );
    let changed = 0;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const { due, facts } = await this.unitOfWork.publish((transaction) =>
        this.fire(transaction, now),
      );
      changed += facts;
      if (due < BATCH_MAX) break;
    }
    return changed;
  }

  private async fire(
    transaction: Transaction,
    now: number,
  ): Promise<{ result: { due: number; facts: number }; outgoing: readonly OutgoingRecord[] }> {
    const { profiles, facts } = this.stores;
    const limit = { at: now, max: BATCH_MAX };
    const overdue = await profiles.lockDue(transaction, limit);
    const keyed = await facts.dueKeyed(transaction, limit);
    const touched = new Touched();
    for (const profile of overdue) touched.overdue(profile);
    const others = keyed.filter((ref) => !touched.profiles.has(profileName(ref)));
    // Held, so that a fact that cannot be derived puts its profile into quarantine and is not due for ever.
    for (const owner of await profiles.lockFree(transaction, others)) touched.hold(owner);
    const free = keyed.filter((ref) => touched.profiles.has(profileName(ref)));
    const due = Math.max(overdue.length, free.length);
    if (due === 0) return { result: { due, facts: 0 }, outgoing: [] };
    for (const ref of free) touched.fact(ref, { cause: 'deadline', ref: String(now) });
    const derived = await this.derivation.execute(transaction, touched);
    const revision = this.unitOfWork.revision(derived.counter);
    const outgoing = await this.publication.execute(transaction, derived, revision);
    await profiles.write(transaction, [...touched.profiles.values()]);
    return { result: { due, facts: derived.changes.length }, outgoing };
  }
}
