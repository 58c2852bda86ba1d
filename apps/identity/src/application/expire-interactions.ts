/**
 * Takes away by age, a step a transaction: what occurred before the horizon of a tenant is listed once for each horizon, then goes
 * in pages. Whoever does it may stop or die at any moment; the next one goes on with the list. What comes late, or is corrected to
 * before a horizon that was reached, goes with the next one.
 */
import { Injectable } from '@nestjs/common';
import type { OutgoingRecord } from '#event-log';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { IdentityStore } from './ports.js';
import type { InteractionName } from './ports.js';
import { ExpiryStore } from './expiring/ports.js';
import type { Expiry } from './expiring/ports.js';
import { TakeAway } from './expiring/take-away.js';

/** As much as a batch: the others read as many tombstones at once. */
const PAGE_MAX = 500;
/** Some 100 bytes each; the rest is listed when these are gone. */
const LIST_MAX = 1_000_000;

/** `through`: nothing is left to do; `behind`: there may be more; `busy`: another process is at it. */
export interface Step {
  readonly state: 'through' | 'behind' | 'busy';
  /** Interactions that went. */
  readonly expired: number;
}

const keyOf = ({ source, id }: InteractionName): string => `${source}\u001f${id}`;

@Injectable()
export class ExpireInteractions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: IdentityStore,
    private readonly expiries: ExpiryStore,
    private readonly takeAway: TakeAway,
  ) {}

  async execute(expiry: Expiry): Promise<Step> {
    const { unitOfWork, expiries } = this;
    return unitOfWork.publish(async (transaction) => {
      const nothing = (state: Step['state']) => ({
        result: { state, expired: 0 },
        outgoing: [] as readonly OutgoingRecord[],
      });
      if (!(await expiries.lead(transaction))) return nothing('busy');
      const { tenant, horizon } = expiry;
      const progress = await expiries.progress(transaction, tenant);
      if (progress.reachedAt >= horizon) return nothing('through');
      const page = await this.page(transaction, expiry);
      if (page !== undefined) {
        const expired = progress.expired + page.expired;
        await expiries.advance(transaction, tenant, { ...progress, expired });
        const result: Step = { state: 'behind', expired: page.expired };
        return { result, outgoing: page.outgoing };
      }
      if (progress.listedAt >= horizon) {
        await expiries.advance(transaction, tenant, { ...progress, reachedAt: horizon });
        return nothing('through');
      }
      const listed = await expiries.list(transaction, { ...expiry, limit: LIST_MAX });
      if (listed < LIST_MAX)
        await expiries.advance(transaction, tenant, { ...progress, listedAt: horizon });
      return nothing('behind');
    });
  }

  /** Undefined: the list is empty. A later version may have come since it was made. */
  private async page(
    transaction: Transaction,
    expiry: Expiry,
  ): Promise<{ expired: number; outgoing: readonly OutgoingRecord[] } | undefined> {
    const { store, expiries, takeAway } = this;
    const { tenant, horizon } = expiry;
    await store.lock(transaction, [tenant]);
    const listed = await expiries.next(transaction, tenant, PAGE_MAX);
    if (listed.length === 0) return undefined;
    const found = await store.winners(transaction, listed);
    const consents = new Set((await expiries.consents(transaction, listed)).map(keyOf));
    const winners = found.filter(
      (winner) => winner.filing !== '' && winner.at < horizon && !consents.has(keyOf(winner)),
    );
    if (winners.length === 0) return { expired: 0, outgoing: [] };
    const { outgoing, names } = await takeAway.execute(transaction, winners, expiry);
    await expiries.forgetWords(transaction, names);
    return { expired: winners.length, outgoing };
  }
}
