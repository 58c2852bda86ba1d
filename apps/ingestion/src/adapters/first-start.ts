import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Installation } from '#runtime';
import { type FirstKeys, OpenTenant } from '../application/tenants/open-tenant.js';
import { IngestionConfig } from '../ingestion.config.js';

const OWNER_ONLY = 0o600;
/** Whose keys the commands use when none is given. */
export const FIRST_TENANT = 'default';

/**
 * Makes the tenants before the first request. Their keys are printed once; a laptop (embedded database) also keeps them in
 * `keys.json` and `keys.<tenant>.json` for the commands. A key that was given (`TOUCHLINE_ADMIN_KEY`) is never printed.
 */
@Injectable()
export class FirstStart implements OnApplicationBootstrap {
  constructor(
    @Inject(OpenTenant) private readonly openTenant: OpenTenant,
    @Inject(Installation) private readonly installation: Installation,
    @Inject(IngestionConfig) private readonly config: IngestionConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const tenant of new Set(this.config.TOUCHLINE_TENANTS.split(','))) await this.open(tenant);
  }

  private async open(tenant: string): Promise<void> {
    const keys = await this.openTenant.execute(tenant);
    if (keys === undefined) return;
    if (this.isKept()) await this.keep(tenant, keys);
    const { TOUCHLINE_PRINT_KEYS, TOUCHLINE_ADMIN_KEY } = this.config;
    const isGiven = tenant === FIRST_TENANT && TOUCHLINE_ADMIN_KEY !== undefined;
    if (TOUCHLINE_PRINT_KEYS === 'on' && !isGiven) print(tenant, keys);
  }

  private isKept(): boolean {
    const wanted = this.config.TOUCHLINE_KEEP_KEYS;
    return wanted === 'on' || (wanted === 'auto' && this.installation.isEmbedded);
  }

  private async keep(tenant: string, keys: FirstKeys): Promise<void> {
    const { dataDir } = this.installation;
    await mkdir(dataDir, { recursive: true });
    const file = tenant === FIRST_TENANT ? 'keys.json' : `keys.${tenant}.json`;
    await writeFile(join(dataDir, file), `${JSON.stringify(keys, null, 2)}\n`, {
      mode: OWNER_ONLY,
    });
  }
}

/** To the console, not to the log: keys belong to the person who starts the installation, once. */
function print(tenant: string, keys: FirstKeys): void {
  const lines = Object.entries(keys).map(([scope, key]) => `  ${scope.padEnd(6)} ${key}`);
  console.error(
    [`The first API keys of the tenant \`${tenant}\`, shown this once:`, ...lines].join('\n'),
  );
}
