import { Injectable } from '@nestjs/common';
import { TenantDirectory } from '#runtime';
import { TenantRules } from '../../application/ports.js';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import type { KpiDefinition, Rules } from '../../domain/kpi.js';

/** Settings of `tenant.changed`, as followed in memory by the runtime. */
@Injectable()
export class DirectoryRules extends TenantRules {
  constructor(private readonly directory: TenantDirectory) {
    super();
  }

  wanted(tenant: string): Rules {
    const { zone, serviceLevelMs, shortAbandonMs } = this.directory.settings(tenant);
    return { zone, serviceLevelMs, shortAbandonMs };
  }

  catalogue(): readonly KpiDefinition[] {
    return CATALOGUE;
  }
}
