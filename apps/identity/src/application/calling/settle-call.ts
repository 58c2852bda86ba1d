/**
 * The way of a call into effect, in one transaction: lock the tenant as batches do · decide what is recorded · solve what the
 * call can reach · publish. A dry run goes the same way up to the last step and is rolled back.
 */
import { Injectable } from '@nestjs/common';
import type { Cause } from '#contracts';
import type { OutgoingRecord } from '#event-log';
import { Secret } from '#runtime';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { CompiledRules } from '../../domain/rules.js';
import { IdentityStore } from '../ports.js';
import type { StoredCall } from '../ports.js';
import { publishOutcome } from '../resolving/publish-outcome.js';
import { restructure } from '../resolving/restructure.js';
import type { Site } from '../resolving/site.js';
import { Workspace } from '../resolving/workspace.js';
import { NO_CONSEQUENCE, consequenceOf } from './consequence.js';
import type { Consequence } from './consequence.js';
import { rehearse } from './rehearse.js';
import type { Asking } from './read-ends.js';

/** What was recorded. Without `change` everything was so already. */
export interface Recorded<Result> {
  readonly result: Result;
  /** The pair that the call is about. */
  readonly ends: readonly [string, string];
  readonly change?: {
    readonly call: StoredCall;
    readonly cause: Extract<Cause, 'merge' | 'unmerge' | 'withdrawal'>;
  };
}

export interface Settled<Result> {
  readonly result: Result;
  readonly consequence: Consequence;
  /** Whether both ends were seen. */
  readonly isSeen: boolean;
  /** Whether both ends are one profile now. */
  readonly isTogether: boolean;
  readonly hasChanged: boolean;
}

export interface Settlement<Result> {
  readonly tenant: string;
  readonly isDryRun: boolean;
  readonly record: (asking: Asking) => Promise<Recorded<Result>>;
}

@Injectable()
export class SettleCall {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: IdentityStore,
    private readonly secret: Secret,
  ) {}

  async execute<Result>(settlement: Settlement<Result>): Promise<Settled<Result>> {
    const work = (
      transaction: Transaction,
    ): Promise<{ result: Settled<Result>; outgoing: readonly OutgoingRecord[] }> =>
      this.settle(transaction, settlement);
    return settlement.isDryRun
      ? (await rehearse(this.unitOfWork, work)).result
      : this.unitOfWork.publish(work);
  }

  private async settle<Result>(
    transaction: Transaction,
    { tenant, isDryRun, record }: Settlement<Result>,
  ): Promise<{ result: Settled<Result>; outgoing: readonly OutgoingRecord[] }> {
    const { store, secret, unitOfWork } = this;
    await store.lock(transaction, [tenant]);
    const workspace = new Workspace();
    for (const [owner, rules] of await store.rules(transaction, [tenant])) {
      workspace.setRules(owner, new CompiledRules(rules));
    }
    const rules = workspace.rulesOf(tenant);
    const { result, ends, change } = await record({ transaction, tenant, rules });
    const site: Site = { transaction, store, workspace };
    if (!change) {
      for (const row of await store.identifiers(transaction, ends)) {
        workspace.identifiers.load(row.name, row);
      }
      const settled = { result, ...stateOf(workspace, ends) };
      return {
        result: { ...settled, consequence: NO_CONSEQUENCE, hasChanged: false },
        outgoing: [],
      };
    }
    const calls = [change.call];
    const regions = await restructure(site, {
      changed: [],
      winners: [],
      calls,
      secret: secret.value,
    });
    const consequence = consequenceOf(workspace, regions.touchedKeys);
    const settled = { result, ...stateOf(workspace, ends), consequence, hasChanged: true };
    if (isDryRun) return { result: settled, outgoing: [] };
    const outgoing = await publishOutcome(site, {
      winners: [],
      records: [],
      regions,
      touchedKeys: regions.touchedKeys,
      consented: [],
      unitOfWork,
      reason: { cause: change.cause, ref: change.call.callId },
    });
    return { result: settled, outgoing };
  }
}

function stateOf(
  workspace: Workspace,
  ends: readonly [string, string],
): { readonly isSeen: boolean; readonly isTogether: boolean } {
  const [a, b] = ends.map((name) => workspace.identifiers.get(name));
  const isSeen = a?.first !== undefined && a.first !== null && (b?.first ?? null) !== null;
  return { isSeen, isTogether: isSeen && a?.profileKey === b?.profileKey };
}
