import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { CATALOGUE_FINGERPRINT } from '../../domain/catalogue/index.js';
import { BucketChanges } from '../../domain/contribution.js';
import { RebuildTables, TenantRules } from '../ports.js';
import type { RulesInForce } from '../ports.js';

const PAGE_SIZE = 5_000;

/**
 * Brings buckets under the rules wanted now (zone, thresholds, definitions), from the copies of facts: another zone cuts
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

  /**
   * Rebuilds tenants that need it; returns them. `definitions`: also those built under other KPI definitions (at start only,
   * so that two versions of the program do not rebuild against each other).
   */
  async execute(options: { readonly definitions: boolean }): Promise<string[]> {
    const stored = await this.unitOfWork.run((transaction) => this.tables.tenants(transaction));
    const rebuilt: string[] = [];
    for (const [tenant, inForce] of stored) {
      if (isSame(inForce, this.wanted(tenant, inForce, options))) continue;
      await this.unitOfWork.run((transaction) => this.rebuild(transaction, tenant, options));
      rebuilt.push(tenant);
    }
    return rebuilt;
  }

  private async rebuild(
    transaction: Transaction,
    tenant: string,
    options: { readonly definitions: boolean },
  ): Promise<void> {
    const inForce = await this.tables.lockRules(transaction, tenant);
    if (inForce === undefined) return;
    const wanted = this.wanted(tenant, inForce, options);
    if (isSame(inForce, wanted)) return; // another worker did it while we waited
    await this.tables.emptyBuckets(transaction, tenant, this.clock.now());
    await this.recount(transaction, tenant, wanted);
    await this.tables.storeRules(transaction, tenant, wanted);
  }

  private async recount(
    transaction: Transaction,
    tenant: string,
    rules: RulesInForce,
  ): Promise<void> {
    for (let page = await this.tables.observations(transaction, { tenant, limit: PAGE_SIZE }); ;) {
      const changes = new BucketChanges();
      for (const observation of page) changes.count(observation, rules);
      await this.tables.addToBuckets(transaction, changes.sorted(), this.clock.now());
      const after = page.at(-1);
      if (after === undefined || page.length < PAGE_SIZE) return;
      page = await this.tables.observations(transaction, { tenant, after, limit: PAGE_SIZE });
    }
  }

  private wanted(
    tenant: string,
    inForce: RulesInForce,
    options: { readonly definitions: boolean },
  ): RulesInForce {
    const fingerprint = options.definitions ? CATALOGUE_FINGERPRINT : inForce.fingerprint;
    return { ...this.tenants.wanted(tenant), fingerprint };
  }
}

function isSame(a: RulesInForce, b: RulesInForce): boolean {
  return (
    a.zone === b.zone &&
    a.serviceLevelMs === b.serviceLevelMs &&
    a.shortAbandonMs === b.shortAbandonMs &&
    a.fingerprint === b.fingerprint
  );
}
