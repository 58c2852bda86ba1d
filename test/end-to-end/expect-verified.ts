import { expect } from '@jest/globals';
import type { TableReport } from '#verify';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import {
  type Verification,
  verifyInstallation,
} from '../../apps/cli/src/verification/verify-installation.js';

const PATIENCE_MS = 60_000;

/** Waits until nothing is on its way, then recomputes everything from the archive and compares. */
export async function verifyStack(
  { environment }: { readonly environment: Readonly<Record<string, string>> },
  { patienceMs = PATIENCE_MS } = {},
): Promise<Verification> {
  const { DATABASE_URL: databaseUrl = '', TOUCHLINE_SECRET: secret = '' } = environment;
  const log = await openLog(environment);
  try {
    return await verifyInstallation({ databaseUrl, log, secret }, { patienceMs });
  } finally {
    await log.close();
  }
}

/** The oracle of heavy tests: all that the services keep follows from the archive. Fails with the first differences. */
export async function expectVerified(stack: Parameters<typeof verifyStack>[0]): Promise<void> {
  const { tenants } = await verifyStack(stack);
  expect(differencesIn(tenants)).toEqual([]);
  expect(tenants.some(({ interactions }) => interactions > 0)).toBe(true);
}

export function differencesIn(tenants: Verification['tenants']): TableReport[] {
  return tenants.flatMap(({ tables }) => tables.filter((each) => each.different > 0));
}
