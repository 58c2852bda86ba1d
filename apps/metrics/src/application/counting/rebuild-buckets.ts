import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { BucketChanges } from '../../domain/contribution.js';
import { kpisOfKind } from '../../domain/definitions.js';
import type { Rules } from '../../domain/kpi.js';
import { RebuildTables, TenantRules } from '../ports.js';
import type { RulesInForce } from '../ports.js';

const PAGE_SIZE = 5_000;

/**
 * Brings buckets under the rules wanted now (zone, thresholds), from the copies of facts: another zone cuts
 * other hours, another threshold counts other contacts. One transaction a tenant; its batches wait meanwhile, readers do not.
 */
@Injectable()
export class RebuildBuckets {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tables: RebuildTables,
    private readonly tenants: TenantRules,
    private readonly clock: Clock,
  ) {}

  /** Rebuilds tenants that need it; returns them. */
  async execute(): Promise<string[]> {
    const stored = await this.unitOfWork.run((transaction) => this.tables.tenants(transaction));
    const rebuilt: string[] = [];
    for (const [tenant, inForce] of stored) {
      if (isSame(inForce, this.tenants.wanted(tenant))) continue;
      await this.unitOfWork.run((transaction) => this.rebuild(transaction, tenant));
      rebuilt.push(tenant);
    }
    return rebuilt;
  }

  private async rebuild(transaction: Transaction, tenant: string): Promise<void> {
    const inForce = await this.tables.lockRules(transaction, tenant);
    const wanted = this.tenants.wanted(tenant);
    if (inForce === undefined || isSame(inForce, wanted)) return; // another worker did it while we waited
    await this.tables.dropBuilding(transaction, tenant);
    await this.tables.emptyBuckets(transaction, tenant, this.clock.now());
    await this.recount(transaction, tenant, { ...wanted, definitions: inForce.definitions });
    await this.tables.storeRules(transaction, tenant, wanted);
  }

  private async recount(
    transaction: Transaction,
    tenant: string,
    rules: RulesInForce,
  ): Promise<void> {
    for (let page = await this.tables.observations(transaction, { tenant, limit: PAGE_SIZE }); ;) {
      const changes = new BucketChanges();
      for (const observation of page)
        changes.count(observation, rules, kpisOfKind(rules.definitions.inForce, observation.kind));
      await this.tables.addToBuckets(transaction, changes.sorted(), this.clock.now());
      const after = page.at(-1);
      if (after === undefined || page.length < PAGE_SIZE) return;
      page = await this.tables.observations(transaction, { tenant, after, limit: PAGE_SIZE });
    }
  }
}

function isSame(a: Rules, b: Rules): boolean {
  return (
    a.zone === b.zone &&
    a.serviceLevelMs === b.serviceLevelMs &&
    a.shortAbandonMs === b.shortAbandonMs
  );
}
