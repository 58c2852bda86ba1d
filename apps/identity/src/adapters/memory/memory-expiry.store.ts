/** The list of what expires in memory, beside the memory store whose rows it names. */
import type { Transaction } from '#storage';
import { ExpiryStore } from '../../application/expiring/ports.js';
import type { ExpiringPage, Expiry, Progress } from '../../application/expiring/ports.js';
import { interactionKey } from '../../domain/fold-arrivals.js';
import type { MemoryIdentityStore } from './memory-identity.store.js';

export class MemoryExpiryStore extends ExpiryStore {
  private readonly progresses = new Map<string, Progress>();
  private readonly listed = new Map<string, Set<string>>();

  constructor(private readonly identity: MemoryIdentityStore) {
    super();
  }

  async lead(): Promise<boolean> {
    return true;
  }

  async progress(_: Transaction, tenant: string): Promise<Progress> {
    return this.progresses.get(tenant) ?? { listedAt: 0, reachedAt: 0 };
  }

  async list(_: Transaction, { tenant, horizon, limit }: Expiry & { limit: number }) {
    const old = [...this.identity.winnerRows.values()].filter(
      (row) => row.tenant === tenant && row.filing !== '' && row.at < horizon,
    );
    const list = new Set(old.slice(0, limit).map(interactionKey));
    this.listed.set(tenant, list);
    return list.size;
  }

  async next(
    _: Transaction,
    { tenant, horizon, limit }: Expiry & { limit: number },
  ): Promise<ExpiringPage> {
    const list = this.listed.get(tenant) ?? new Set();
    const keys = [...list].slice(0, limit);
    for (const key of keys) list.delete(key);
    const winners = keys.flatMap((key) => this.identity.winnerRows.get(key) ?? []);
    return {
      listed: keys.length,
      winners: winners.filter(({ filing, at }) => filing !== '' && at < horizon),
    };
  }

  async advance(_: Transaction, tenant: string, progress: Progress): Promise<void> {
    this.progresses.set(tenant, progress);
  }
}
