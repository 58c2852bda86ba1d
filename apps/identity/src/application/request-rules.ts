/**
 * Somebody wants other rules. What can never come into force is refused at once; the rest is recorded and done in the
 * background (`activate-rules`). Asked again for what is under way, the answer is that activation.
 */
import { Injectable } from '@nestjs/common';
import { Clock, canonicalJson } from '#kernel';
import { Problem } from '#runtime';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import type { IdentityRules } from '../domain/rules.js';
import { showActivation } from './activating/activation-view.js';
import type { ActivationView } from './activating/activation-view.js';
import { RulesBook } from './activating/ports.js';
import type { Activation, ActivationRequest } from './activating/ports.js';
import { readPosted } from './activating/read-posted.js';
import { SettleRules } from './activating/settle-rules.js';

export interface RulesRequest {
  readonly tenant: string;
  readonly keyId: string;
  readonly reason: string;
  readonly actor: string;
  readonly posted: unknown;
}

@Injectable()
export class RequestRules {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly book: RulesBook,
    private readonly settleRules: SettleRules,
    private readonly clock: Clock,
  ) {}

  async execute(request: RulesRequest): Promise<ActivationView> {
    const requestedAt = this.clock.now();
    const activation = await this.unitOfWork.run((transaction) =>
      this.record(transaction, request, requestedAt),
    );
    return showActivation(activation);
  }

  private async record(
    transaction: Transaction,
    { tenant, keyId, reason, actor, posted }: RulesRequest,
    requestedAt: number,
  ): Promise<Activation> {
    const { book } = this;
    const version = (await book.lastVersion(transaction, tenant)) + 1;
    const rules = readPosted(posted, version);
    const current = await this.settleRules.inForce(transaction, tenant);
    if (isSame(rules, current)) {
      throw new Problem('conflict', `These rules are in force, as version ${current.version}.`);
    }
    const known = await this.underWay(transaction, tenant);
    if (known) return repeated(known, rules);
    await this.settleRules.check(transaction, { tenant, rules });
    const asked: ActivationRequest = { tenant, version, rules, reason, actor, keyId, requestedAt };
    await book.request(transaction, asked);
    const first = await this.underWay(transaction, tenant);
    if (!first) throw new Problem('activation-under-way', 'Another activation came first.');
    return repeated(first, rules);
  }

  private async underWay(
    transaction: Transaction,
    tenant: string,
  ): Promise<Activation | undefined> {
    const all = await this.book.underWay(transaction);
    return all.find((activation) => activation.tenant === tenant);
  }
}

function repeated(known: Activation, rules: IdentityRules): Activation {
  if (isSame(known.rules, rules)) return known;
  throw new Problem('activation-under-way', `Version ${known.version} is being activated.`);
}

function isSame(a: IdentityRules, b: IdentityRules): boolean {
  return canonicalJson({ ...a, version: 0 }) === canonicalJson({ ...b, version: 0 });
}
