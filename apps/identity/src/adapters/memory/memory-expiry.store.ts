/** The list of what expires in memory, beside the memory store whose rows it names. */
import type { Transaction } from '#storage';
import type { InteractionName } from '../../application/ports.js';
import { ExpiryStore } from '../../application/expiring/ports.js';
import type { Expiry, Preview, Progress } from '../../application/expiring/ports.js';
import type { WinnerRow } from '../../domain/state.js';
import type { MemoryIdentityStore } from './memory-identity.store.js';

export class MemoryExpiryStore extends ExpiryStore {
  private readonly progresses = new Map<string, Progress>();
  private listed: readonly InteractionName[] = [];

  constructor(private readonly identity: MemoryIdentityStore) {
    super();
  }

  async lead(): Promise<boolean> {
    return true;
  }

  async progress(_: Transaction, tenant: string): Promise<Progress> {
    return this.progresses.get(tenant) ?? { listedAt: 0, reachedAt: 0, expired: 0 };
  }

  async advance(_: Transaction, tenant: string, progress: Progress): Promise<void> {
    this.progresses.set(tenant, progress);
  }

  async list(_: Transaction, expiry: Expiry & { limit: number }): Promise<number> {
    const old = this.old(expiry).slice(0, expiry.limit);
    this.listed = [...this.listed, ...old];
    return old.length;
  }

  async next(_: Transaction, tenant: string, limit: number): Promise<readonly InteractionName[]> {
    const page = this.listed.filter((one) => one.tenant === tenant).slice(0, limit);
    this.listed = this.listed.filter((one) => !page.includes(one));
    return page;
  }

  async consents(
    _: Transaction,
    names: readonly InteractionName[],
  ): Promise<readonly InteractionName[]> {
    return names.filter((name) => this.isConsent(name));
  }

  async waiting(_: Transaction, tenant: string): Promise<number> {
    return this.listed.filter((one) => one.tenant === tenant).length;
  }

  /** What was said of calls is kept elsewhere. */
  async forgetWords(): Promise<void> {}

  async preview(_: Transaction, expiry: Expiry): Promise<Preview> {
    return { interactions: this.old(expiry).length, profiles: 0, months: [] };
  }

  private old({ tenant, horizon }: Expiry): WinnerRow[] {
    return [...this.identity.winnerRows.values()].filter(
      (row) =>
        row.tenant === tenant && row.filing !== '' && row.at < horizon && !this.isConsent(row),
    );
  }

  private isConsent({ tenant, source, id }: InteractionName): boolean {
    return this.identity.traitRows.some(
      (row) =>
        row.kind === 'consent' && row.tenant === tenant && row.source === source && row.id === id,
    );
  }
}
