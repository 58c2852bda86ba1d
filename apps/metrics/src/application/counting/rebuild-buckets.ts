import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { shadowOf } from '../../domain/definitions.js';
import type { Rules } from '../../domain/kpi.js';
import { RebuildTables, TenantRules } from '../ports.js';
import type { RulesInForce } from '../ports.js';
import type { Step } from './build-definitions.js';
import { countOn, DEFAULT_PACE } from './count-on.js';
import { replaceDiffering } from './replace-differing.js';

/**
 * Brings buckets under the rules wanted now (zone, thresholds): another zone cuts other hours, another threshold counts other
 * contacts. They are counted under them beside live traffic, as shadows of those in force; then one transaction puts the
 * differences into the buckets and the rules into force. Until then every answer is exact under the old ones.
 */
@Injectable()
export class RebuildBuckets {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    readonly tables: RebuildTables,
    private readonly tenants: TenantRules,
    readonly clock: Clock,
  ) {}

  /** Goes on with tenants that need it; returns those that came under other rules. */
  async execute({ stepSize, stepsMax } = DEFAULT_PACE): Promise<string[]> {
    const stored = await this.unitOfWork.run((transaction) => this.tables.tenants(transaction));
    const rebuilt: string[] = [];
    for (const [tenant, rules] of stored) {
      if (isSame(rules, this.tenants.wanted(tenant)) && !isBuilding(rules)) continue;
      for (let steps = 0, step: Step = 'more to build'; step === 'more to build'; steps++) {
        if (steps === stepsMax) break;
        const one = (transaction: Transaction) => this.step(transaction, tenant, stepSize);
        step = await this.unitOfWork.run(one);
        if (step === 'in force') rebuilt.push(tenant);
      }
    }
    return rebuilt;
  }

  /** In a transaction of the caller. Whatever else is being built gives way: it was counted under rules that go. */
  async step(transaction: Transaction, tenant: string, stepSize: number): Promise<Step> {
    const rules = await this.tables.lockRules(transaction, tenant);
    if (rules === undefined) return 'nothing to build';
    const wanted = this.tenants.wanted(tenant);
    const { building, buildingUnder } = rules.definitions;
    if (isBuilding(rules) && buildingUnder !== undefined && isSame(buildingUnder, wanted))
      return this.buildOn(transaction, { tenant, rules, stepSize });
    const isDone = isSame(rules, wanted);
    if (building.length > 0 && (isBuilding(rules) || !isDone))
      await this.tables.dropBuilding(transaction, tenant);
    if (isDone) return 'nothing to build';
    await this.begin(transaction, { tenant, rules, wanted });
    return 'more to build';
  }

  private async begin(
    transaction: Transaction,
    { tenant, rules, wanted }: { tenant: string; rules: RulesInForce; wanted: Rules },
  ): Promise<void> {
    if (await this.tables.hasDroppedShadows(transaction, tenant)) {
      await this.tables.sweepReplaced(transaction);
      return;
    }
    const definitions = rules.definitions.inForce.map(shadowOf);
    await this.tables.startBuilding(transaction, tenant, {
      definitions,
      for: 'rules',
      under: wanted,
    });
  }

  private async buildOn(
    transaction: Transaction,
    counting: { tenant: string; rules: RulesInForce; stepSize: number },
  ): Promise<Step> {
    const { isThrough } = await countOn(this, transaction, counting);
    if (!isThrough) return 'more to build';
    const { tenant, rules } = counting;
    const { inForce: kpis, buildingUnder: under = rules } = rules.definitions;
    const nowMs = this.clock.now();
    const replacing = { tenant, kpis, rules: under, ref: null, nowMs };
    await replaceDiffering(this.tables, transaction, replacing);
    await this.tables.storeRules(transaction, tenant, under);
    await this.tables.dropBuilding(transaction, tenant);
    return 'in force';
  }
}

function isBuilding({ definitions }: RulesInForce): boolean {
  return definitions.building.length > 0 && definitions.buildingFor === 'rules';
}

function isSame(a: Rules, b: Rules): boolean {
  return (
    a.zone === b.zone &&
    a.serviceLevelMs === b.serviceLevelMs &&
    a.shortAbandonMs === b.shortAbandonMs
  );
}
