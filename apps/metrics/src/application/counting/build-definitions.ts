import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel';
import { UnitOfWork } from '#storage';
import type { Transaction } from '#storage';
import { BucketChanges } from '../../domain/contribution.js';
import { kpisOfKind, newerDefinitions } from '../../domain/definitions.js';
import { RebuildTables, TenantRules } from '../ports.js';
import type { RulesInForce } from '../ports.js';

interface Pace {
  /** Observations a step: batches of the tenant wait for as long as one step takes. */
  readonly stepSize: number;
  /** Steps of a tenant in one call, so that publication gets its turn. */
  readonly stepsMax: number;
}

const DEFAULT_PACE: Pace = { stepSize: 2_000, stepsMax: 50 };

type Step = 'nothing to build' | 'more to build' | 'in force';

/**
 * Brings new KPI definitions into force beside live traffic: their buckets are counted from the stored observations, step by
 * step, then readers switch from the old version to the new one in one commit. Publications of the old version stay; its
 * buckets are swept away.
 */
@Injectable()
export class BuildDefinitions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tables: RebuildTables,
    private readonly tenants: TenantRules,
    private readonly clock: Clock,
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

  private async step(transaction: Transaction, tenant: string, stepSize: number): Promise<Step> {
    const rules = await this.tables.lockRules(transaction, tenant);
    if (rules === undefined) return 'nothing to build';
    const { inForce, building } = rules.definitions;
    if (building.length > 0) return this.buildOn(transaction, { tenant, rules, stepSize });
    const newer = this.newer(inForce);
    if (newer.length === 0) return 'nothing to build'; // another worker did it
    await this.tables.startBuilding(transaction, tenant, newer);
    return 'more to build';
  }

  private async buildOn(
    transaction: Transaction,
    { tenant, rules, stepSize }: { tenant: string; rules: RulesInForce; stepSize: number },
  ): Promise<Step> {
    const { building, builtUpTo } = rules.definitions;
    const page = await this.tables.observations(transaction, {
      tenant,
      after: builtUpTo,
      limit: stepSize,
    });
    const changes = new BucketChanges();
    for (const each of page) changes.count(each, rules, kpisOfKind(building, each.kind));
    const nowMs = this.clock.now();
    await this.tables.addToBuckets(transaction, changes.sorted(), nowMs);
    const last = page.at(-1);
    if (last === undefined || page.length < stepSize) {
      await this.tables.bringIntoForce(transaction, tenant, nowMs);
      return 'in force';
    }
    await this.tables.builtUpTo(transaction, tenant, last);
    return 'more to build';
  }

  private newer(
    inForce: RulesInForce['definitions']['inForce'],
  ): ReturnType<typeof newerDefinitions> {
    return newerDefinitions(this.tenants.catalogue(), inForce);
  }
}
