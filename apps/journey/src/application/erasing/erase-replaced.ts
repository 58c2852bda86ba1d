import type { ErasureRequested } from '#contracts';
import type { ErasableStore, Mentions } from '#erasure';
import type { UnitOfWork } from '#storage';
import type { ContentName } from '../../domain/version-choice.js';
import type { JourneyStores } from '../ports.js';
import { ReadErased } from './read-erased.js';

/** Interactions looked at in one transaction. */
const PAGE = 500;

/**
 * Replaced versions may carry an erased identifier that the version which stands carries no longer: nobody refiles these. The archive
 * has no index on identifiers, so all of the tenant's are read.
 */
export class EraseReplaced implements ErasableStore {
  readonly store = 'rewrittenVersions';
  private readonly erased: ReadErased;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly stores: JourneyStores,
  ) {
    this.erased = new ReadErased(stores);
  }

  /** Counted under the first erasure of each tenant: a version may belong to several. */
  async erase(_: Mentions, requests: readonly ErasureRequested[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const first = new Map([...requests].reverse().map((each) => [each.tenant, each.erasureId]));
    for (const [tenant, erasureId] of first) counts.set(erasureId, await this.eraseIn(tenant));
    return counts;
  }

  private async eraseIn(tenant: string): Promise<number> {
    let rewritten = 0;
    let after: ContentName | undefined;
    for (;;) {
      const page = await this.unitOfWork.run(async (transaction) => {
        const { erasures } = this.stores;
        const erasing = await erasures.enter(transaction, [{ tenant, isAlone: true }]);
        const names = await erasures.replacedNames(transaction, { tenant, after, limit: PAGE });
        return { names, count: await this.erased.reread(transaction, names, erasing) };
      });
      rewritten += page.count;
      after = page.names.at(-1);
      if (page.names.length < PAGE) return rewritten;
    }
  }
}
