import { Injectable } from '@nestjs/common';
import { BuildDefinitions } from './build-definitions.js';
import { RebuildBuckets } from './rebuild-buckets.js';

/** Brings buckets under the settings of their tenants, then under the definitions of this program. */
@Injectable()
export class BringUpToDate {
  constructor(
    private readonly rebuild: RebuildBuckets,
    private readonly build: BuildDefinitions,
  ) {}

  /** The tenants that changed. */
  async execute(): Promise<{ readonly rebuilt: string[]; readonly built: string[] }> {
    return { rebuilt: await this.rebuild.execute(), built: await this.build.execute() };
  }
}
