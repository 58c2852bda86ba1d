import { Fault, type Clock } from '#kernel';
import type { UnitOfWork } from '#storage';
import type { Folding } from '../domain/checkpoint.js';
import { FOLDING } from '../domain/derive.js';
import type { ProfileState } from '../domain/profile.js';
import { DeriveTouched } from './derive-touched.js';
import type { JourneyStores, ProfileRef } from './ports.js';
import { PublishFacts } from './publish-facts.js';
import type { JourneyReader } from './reading.js';
import { Touched } from './touched.js';

export type RetryOutcome =
  | { readonly profileId: string; readonly status: 'released'; readonly changedFacts: number }
  | { readonly profileId: string; readonly status: 'quarantined'; readonly detail: string };

/** Derives the facts of a quarantined profile again, from the start of its timeline. */
export class RetryQuarantine {
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

  async execute(profile: ProfileRef): Promise<RetryOutcome> {
    return this.unitOfWork.publish(async (transaction) => {
      const [known] = await this.stores.profiles.read(transaction, [profile]);
      const [before] = known ? await this.stores.profiles.lock(transaction, [known]) : [];
      if (before?.quarantine === undefined)
        throw new Fault('not-found', 'This profile is not in quarantine.');
      const touched = new Touched();
      touched.hold(before);
      const derived = await this.derivation.execute(transaction, touched);
      const revision = this.unitOfWork.revision(derived.counter);
      const outgoing = await this.publication.execute(transaction, derived, revision);
      const changes = [...touched.profiles.values()];
      await this.stores.profiles.write(transaction, changes);
      const after = changes[0]?.after ?? before;
      return { result: outcome(after, derived.changes.length), outgoing };
    });
  }
}

function outcome({ profileId, quarantine }: ProfileState, changedFacts: number): RetryOutcome {
  return quarantine === undefined
    ? { profileId, status: 'released', changedFacts }
    : { profileId, status: 'quarantined', detail: quarantine.detail };
}

/** The profile that an id of the API stands for. */
export async function quarantinedProfile(
  reader: JourneyReader,
  tenant: string,
  profileId: string,
): Promise<ProfileRef> {
  const found = await reader.profile(tenant, profileId);
  if (found === undefined) throw new Fault('not-found', 'There is no profile with this id.');
  return found;
}
