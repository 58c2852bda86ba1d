import type { OutgoingRecord } from '#event-log';
import type { Clock } from '#kernel';
import type { Transaction, UnitOfWork } from '#storage';
import { nextDeadline, settled } from '../domain/deadline.js';
import { factDifferences } from '../domain/fact-difference.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import { profileName } from '../domain/profile.js';
import type { JourneyStores } from './ports.js';
import { PublishFacts } from './publish-facts.js';

/** Profiles a transaction, and transactions a sweep: what is left waits for the next one. */
const PROFILES_MAX = 500;
const ROUNDS_MAX = 200;

/**
 * Advances the watermark and fires the deadlines that have passed. Profiles that a batch holds are skipped: that batch, or the
 * next sweep, sees to them. Any number of processes may sweep at once.
 */
export class SweepDeadlines {
  private readonly publication: PublishFacts;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stores: JourneyStores,
    clock: Clock,
  ) {
    this.publication = new PublishFacts(stores.facts, clock);
  }

  /** `now`: ms. Returns how many facts became final. */
  async execute(now: number): Promise<number> {
    await this.unitOfWork.run((transaction) =>
      this.stores.profiles.advanceWatermark(transaction, now),
    );
    let settledFacts = 0;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const { profiles, facts } = await this.unitOfWork.publish((transaction) =>
        this.fire(transaction, now),
      );
      settledFacts += facts;
      if (profiles < PROFILES_MAX) break;
    }
    return settledFacts;
  }

  private async fire(
    transaction: Transaction,
    now: number,
  ): Promise<{ result: { profiles: number; facts: number }; outgoing: readonly OutgoingRecord[] }> {
    const profiles = await this.stores.profiles.lockDue(transaction, {
      at: now,
      max: PROFILES_MAX,
    });
    if (profiles.length === 0) return { result: { profiles: 0, facts: 0 }, outgoing: [] };
    const provisional = await this.stores.facts.provisionalOf(transaction, profiles);
    const { counter, watermark } = await this.stores.facts.tick(transaction);
    const stored = new Map(provisional.map((fact) => [fact.id, fact]));
    const derived = new Map(provisional.map((fact) => [fact.id, settled(fact, watermark)]));
    const changes = factDifferences(stored, derived, (fact) => ({
      cause: 'deadline',
      ref: String(fact.finalAt),
    }));
    const owners = new Map(profiles.map((profile) => [profileName(profile), profile]));
    const revision = this.unitOfWork.revision(counter);
    const outgoing = await this.publication.execute(
      transaction,
      { changes, owners, counter },
      revision,
    );
    const left = groupByProfile(derived.values());
    await this.stores.profiles.write(
      transaction,
      profiles.map((before) => ({
        before,
        after: { ...before, dueAt: nextDeadline(left.get(profileName(before)) ?? []) },
      })),
    );
    return { result: { profiles: profiles.length, facts: changes.length }, outgoing };
  }
}

function groupByProfile(facts: Iterable<DerivedFact>): Map<string, DerivedFact[]> {
  const groups = new Map<string, DerivedFact[]>();
  for (const fact of facts) {
    const group = groups.get(profileName(fact));
    if (group === undefined) groups.set(profileName(fact), [fact]);
    else group.push(fact);
  }
  return groups;
}
