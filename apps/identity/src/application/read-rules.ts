/** The rules in force, and how they and others came or failed to come into force. */
import { Injectable } from '@nestjs/common';
import { Problem } from '#runtime';
import { UnitOfWork } from '#storage';
import type { IdentityRules } from '../domain/rules.js';
import { showActivation } from './activating/activation-view.js';
import type { ActivationView } from './activating/activation-view.js';
import { RulesBook } from './activating/ports.js';
import { SettleRules } from './activating/settle-rules.js';

/** Activations that are shown beside the rules; older ones by their version. */
const HISTORY_MAX = 50;

export interface RulesWithHistory extends IdentityRules {
  /** Newest first, the one under way among them; the shipped rules have none. */
  readonly history: readonly ActivationView[];
}

export interface ActivationWithRules extends ActivationView {
  readonly rules: IdentityRules;
}

@Injectable()
export class ReadRules {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly book: RulesBook,
    private readonly settleRules: SettleRules,
  ) {}

  async current(tenant: string): Promise<RulesWithHistory> {
    return this.unitOfWork.run(async (transaction) => {
      const rules = await this.settleRules.inForce(transaction, tenant);
      const activations = await this.book.list(transaction, tenant, HISTORY_MAX);
      return { ...rules, history: activations.map(showActivation) };
    });
  }

  async activation(tenant: string, version: number): Promise<ActivationWithRules> {
    const found = await this.unitOfWork.run((transaction) =>
      this.book.find(transaction, tenant, version),
    );
    if (!found) throw new Problem('not-found', `Version ${version} was never asked for.`);
    return { ...showActivation(found), rules: found.rules };
  }
}
