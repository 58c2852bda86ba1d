/**
 * The way of rules into force, in one transaction: lock the tenant as batches do · read all that people follow from · solve
 * everybody under the new rules · write what differs, and the version with it · publish. Before the commit everything is exact
 * under the old version, after it under the new one; batches and calls of the tenant wait meanwhile.
 */
import { Injectable } from '@nestjs/common';
import { Secret, Problem } from '#runtime';
import { UnitOfWork } from '#storage';
import type { OutgoingRecord } from '#event-log';
import type { Transaction } from '#storage';
import { readsOtherwise, replayNeeds } from '../../domain/replay-needed.js';
import type { ReplayNeed } from '../../domain/replay-needed.js';
import { CompiledRules, DEFAULT_RULES } from '../../domain/rules.js';
import type { IdentityRules } from '../../domain/rules.js';
import { consequenceOf } from '../calling/consequence.js';
import type { Consequence } from '../calling/consequence.js';
import { IdentityStore } from '../ports.js';
import { publishOutcome } from '../resolving/publish-outcome.js';
import type { Site } from '../resolving/site.js';
import { Workspace } from '../resolving/workspace.js';
import { TenantState } from './ports.js';
import type { ActivationStep, TenantSize } from './ports.js';
import { resettle } from './resettle.js';

/** Held in memory at once: 2.7 GB and 28 s with 100,000 filings, 250,000 identifiers and 300,000 links of whom half move. */
export const SOLVED_AT_ONCE: TenantSize = {
  filings: 150_000,
  identifiers: 250_000,
  links: 400_000,
};

export interface NewRules {
  readonly tenant: string;
  readonly rules: IdentityRules;
}

export interface SettledRules {
  readonly size: TenantSize;
  readonly consequence: Consequence;
  readonly outgoing: readonly OutgoingRecord[];
}

@Injectable()
export class SettleRules {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: IdentityStore,
    private readonly state: TenantState,
    private readonly secret: Secret,
  ) {}

  /** Throws when the rules cannot come into force over what is stored; locks nothing. */
  async check(transaction: Transaction, { tenant, rules }: NewRules): Promise<TenantSize> {
    const size = await this.state.size(transaction, tenant);
    assertSolvable(size);
    const needs = await this.needs(transaction, { tenant, rules });
    if (needs.length > 0) throw needsReplay(needs);
    return size;
  }

  /** What of the stored interactions would have to be read again. */
  async needs(transaction: Transaction, { tenant, rules }: NewRules): Promise<ReplayNeed[]> {
    const old = await this.inForce(transaction, tenant);
    if (!readsOtherwise(old, rules)) return [];
    const reading = await this.state.reading(transaction, tenant);
    return replayNeeds(reading, new CompiledRules(old), new CompiledRules(rules));
  }

  async execute(
    transaction: Transaction,
    { tenant, rules }: NewRules,
    onStep: (step: ActivationStep) => void,
  ): Promise<SettledRules> {
    const { store, state, secret, unitOfWork } = this;
    await store.lock(transaction, [tenant]);
    onStep('reading');
    const size = await this.check(transaction, { tenant, rules });
    const rows = await state.rows(transaction, tenant);
    onStep('solving');
    const workspace = new Workspace();
    workspace.setRules(tenant, new CompiledRules(rules));
    const site: Site = { transaction, store, workspace };
    const regions = await resettle(site, { tenant, rows, secret: secret.value });
    const consequence = consequenceOf(workspace, regions.touchedKeys);
    onStep('writing');
    const outgoing = await publishOutcome(site, {
      winners: [],
      records: [],
      regions,
      touchedKeys: regions.touchedKeys,
      consented: [],
      unitOfWork,
      before: rows.decisions,
      reason: { cause: 'rules', ref: String(rules.version) },
    });
    return { size, consequence, outgoing };
  }

  async inForce(transaction: Transaction, tenant: string): Promise<IdentityRules> {
    const stored = await this.store.rules(transaction, [tenant]);
    return stored.get(tenant) ?? DEFAULT_RULES;
  }
}

function assertSolvable(size: TenantSize): void {
  const members = ['filings', 'identifiers', 'links'] as const;
  const beyond = members.filter((member) => size[member] > SOLVED_AT_ONCE[member]);
  if (beyond.length === 0) return;
  const told = beyond.map(
    (member) => `${size[member]} ${member} (at most ${SOLVED_AT_ONCE[member]})`,
  );
  const detail = `Everybody is solved at once, and there are ${told.join(', ')}.`;
  throw new Problem('tenant-too-large', detail);
}

function needsReplay(needs: readonly ReplayNeed[]): Problem {
  const errors = needs.map(({ pointer, detail, interactions }) => ({
    pointer,
    code: 'rules-need-replay' as const,
    detail: `${interactions} interactions: ${detail}`,
  }));
  return new Problem('rules-need-replay', errors.map(({ detail }) => detail).join('; '), {
    errors,
  });
}
