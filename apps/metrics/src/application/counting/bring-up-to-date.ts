import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { BuildDefinitions } from './build-definitions.js';
import { RebuildBuckets } from './rebuild-buckets.js';

/** Brings buckets under the settings of their tenants, then under the definitions of this program. */
@Injectable()
export class BringUpToDate {
  constructor(
    private readonly rebuild: RebuildBuckets,
    private readonly build: BuildDefinitions,
  ) {}

  /** One step of what a tenant needs, in a transaction of the caller. Answers whether there was one to take. */
  async step(transaction: Transaction, tenant: string, stepSize: number): Promise<boolean> {
    const rebuilding = await this.rebuild.step(transaction, tenant, stepSize);
    if (rebuilding !== 'nothing to build') return true;
    return (await this.build.step(transaction, tenant, stepSize)) !== 'nothing to build';
  }

  /** The tenants that changed. */
  async execute(): Promise<{ readonly rebuilt: string[]; readonly built: string[] }> {
    return { rebuilt: await this.rebuild.execute(), built: await this.build.execute() };
  }
}
