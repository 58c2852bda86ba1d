/**
 * Carries out one part of an erasure on what identity holds, whether the interactions were there before it or come after it:
 * winners of erased interactions go; what else carries erased identifiers is filed again under ghosts; remains become evidence;
 * then everybody concerned is solved again.
 */
import { Injectable } from '@nestjs/common';
import { nameIdentifier, nameInteraction, parseInstant } from '#contracts';
import type { ErasureRequested } from '#contracts';
import { Fault } from '#kernel';
import { Secret } from '#runtime';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { CompiledRules } from '../../domain/rules.js';
import { IdentityStore } from '../ports.js';
import type { Site } from '../resolving/site.js';
import { Workspace } from '../resolving/workspace.js';
import { carryOut } from './carry-out.js';
import type { Applied } from './carry-out.js';
import { findAffected } from './find-affected.js';
import { ErasureStore } from './ports.js';

@Injectable()
export class ApplyErasure {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: IdentityStore,
    private readonly erasures: ErasureStore,
    private readonly secret: Secret,
  ) {}

  /** Undefined: the part is known. The tenant is locked here, before anything is read. */
  async execute(
    transaction: Transaction,
    requested: ErasureRequested,
  ): Promise<Applied | undefined> {
    const { tenant, erasureId, part, parts, interactions, identifiers, calls } = requested;
    const at = parseInstant(requested.at);
    if (at === undefined) throw new Fault('invalid-value', 'the erasure has no instant');
    const { erasures, unitOfWork } = this;
    await this.store.lock(transaction, [tenant]);
    const text = JSON.stringify(requested);
    const kept = { tenant, erasureId, part, parts, at, interactions, identifiers, calls, text };
    const speaksOf = await erasures.keep(transaction, kept);
    if (!speaksOf) return undefined;
    const site = await this.open(transaction, tenant);
    const secret = this.secret.value;
    const affected = await findAffected(site, requested, {
      erasures,
      nameOf: (identifier) => nameIdentifier(secret, tenant, identifier),
      hashOf: (winner) => nameInteraction(secret, winner),
    });
    const erasing = { erasures, secret, unitOfWork };
    const left = calls.filter(({ callId }) => speaksOf.has(callId));
    const data = { ...requested, calls: left, cause: 'erasure' as const };
    return carryOut(site, affected, { data, erasing });
  }

  private async open(transaction: Transaction, tenant: string): Promise<Site> {
    const workspace = new Workspace();
    for (const [owner, rules] of await this.store.rules(transaction, [tenant])) {
      workspace.setRules(owner, new CompiledRules(rules));
    }
    return { transaction, store: this.store, workspace };
  }
}
