/** Interactions go, in the steps of a batch, as if they had never come: nothing is put in their place. */
import { Injectable } from '@nestjs/common';
import { formatInstant } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { Secret } from '#runtime';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import type { WinnerRow } from '../../domain/state.js';
import { CompiledRules } from '../../domain/rules.js';
import { carryOut } from '../erasing/carry-out.js';
import { reachedAgain } from '../erasing/find-affected.js';
import { ErasureStore } from '../erasing/ports.js';
import { IdentityStore } from '../ports.js';
import { Workspace } from '../resolving/workspace.js';
import type { Expiry } from './ports.js';

export interface TakenAway {
  readonly outgoing: readonly OutgoingRecord[];
  /** Of identifiers that may be carried by nothing now. */
  readonly names: readonly string[];
}

@Injectable()
export class TakeAway {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: IdentityStore,
    private readonly erasures: ErasureStore,
    private readonly secret: Secret,
  ) {}

  /** The tenant is locked. */
  async execute(
    transaction: Transaction,
    winners: readonly WinnerRow[],
    { tenant, horizon }: Expiry,
  ): Promise<TakenAway> {
    const { store, erasures, unitOfWork, secret } = this;
    const workspace = new Workspace();
    for (const [owner, rules] of await store.rules(transaction, [tenant]))
      workspace.setRules(owner, new CompiledRules(rules));
    const site = { transaction, store, workspace };
    const affected = await reachedAgain(site, winners);
    const erasing = { erasures, secret: secret.value, unitOfWork };
    const nothing = { remains: [], calls: [] };
    const erasureId = formatInstant(horizon).slice(0, 'yyyy-mm-dd'.length);
    const data = { ...nothing, tenant, erasureId, cause: 'retention' as const };
    const { outgoing } = await carryOut(site, affected, { data, erasing });
    return { outgoing, names: affected.livingNames };
  }
}
