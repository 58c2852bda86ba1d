import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { newerDefinitions } from '../../domain/definitions.js';
import { RebuildTables, TenantRules } from '../ports.js';
import type { RulesInForce } from '../ports.js';
import { countOn, DEFAULT_PACE } from './count-on.js';
import type { Counting, Pace } from './count-on.js';

/** Of one step. */
export type Step = 'nothing to build' | 'more to build' | 'in force';

/**
 * Brings new KPI definitions into force beside live traffic: their buckets are counted from the stored observations, step by
 * step, then readers switch from the old version to the new one in one commit. Publications of the old version stay; its
 * buckets are swept away.
 */
@Injectable()
export class BuildDefinitions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    readonly tables: RebuildTables,
    private readonly tenants: TenantRules,
    readonly clock: Clock,
  ) {}

  /** Returns the tenants for which new definitions came into force. */
  async execute({ stepSize, stepsMax } = DEFAULT_PACE): Promise<string[]> {
    const stored = await this.unitOfWork.run((transaction) => this.tables.tenants(transaction));
    const switched: string[] = [];
    for (const [tenant, { definitions }] of stored) {
      const isNewer = this.newer(definitions.inForce).length > 0;
      if (!isNewer && definitions.building.length === 0) continue;
      if (await this.build(tenant, { stepSize, stepsMax })) switched.push(tenant);
    }
    await this.unitOfWork.run((transaction) => this.tables.sweepReplaced(transaction));
    return switched;
  }

  private async build(tenant: string, { stepSize, stepsMax }: Pace): Promise<boolean> {
    for (let steps = 0; steps < stepsMax; steps++) {
      const step = await this.unitOfWork.run((transaction) =>
        this.step(transaction, tenant, stepSize),
      );
      if (step !== 'more to build') return step === 'in force';
    }
    return false;
  }

  /** In a transaction of the caller. What is built for another purpose is let be. */
  async step(transaction: Transaction, tenant: string, stepSize: number): Promise<Step> {
    const rules = await this.tables.lockRules(transaction, tenant);
    if (rules === undefined) return 'nothing to build';
    const { inForce, building, buildingFor } = rules.definitions;
    if (building.length > 0) {
      if (buildingFor !== 'definitions') return 'nothing to build';
      return this.buildOn(transaction, { tenant, rules, stepSize });
    }
    const newer = this.newer(inForce);
    if (newer.length === 0) return 'nothing to build'; // another worker did it
    await this.tables.startBuilding(transaction, tenant, {
      definitions: newer,
      for: 'definitions',
    });
    return 'more to build';
  }

  private async buildOn(transaction: Transaction, counting: Counting): Promise<Step> {
    const { isThrough } = await countOn(this, transaction, counting);
    if (!isThrough) return 'more to build';
    await this.tables.bringIntoForce(transaction, counting.tenant, this.clock.now());
    return 'in force';
  }

  private newer(
    inForce: RulesInForce['definitions']['inForce'],
  ): ReturnType<typeof newerDefinitions> {
    return newerDefinitions(this.tenants.catalogue(), inForce);
  }
}
