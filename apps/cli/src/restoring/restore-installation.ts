import type { EventLog } from '#event-log';
import { Fault } from '#kernel';
import { afterRestore, type AfterRestore, type RestoreReport } from '#restore';
import { type MigrationClass, withSnapshot } from '#storage';
import { RestoredIdentity } from '../../../identity/src/adapters/postgres/restored-identity.js';
import { RestoredIngestion } from '../../../ingestion/src/adapters/postgres/restored-ingestion.js';
import { RestoredJourney } from '../../../journey/src/adapters/postgres/restored-journey.js';
import { RestoredMetrics } from '../../../metrics/src/adapters/postgres/publishing/restored-metrics.js';
import { SCHEMAS } from '../../../standalone/src/services.js';

export interface RestoredInstallation {
  readonly databaseUrl: string;
  readonly log: EventLog;
}

/** Makes a restored database ready for its services: see {@link afterRestore}. */
export async function restoreInstallation(
  installation: RestoredInstallation,
  options: AfterRestore,
): Promise<RestoreReport> {
  await checkSchemas(installation.databaseUrl);
  const services = [
    new RestoredIngestion(),
    new RestoredIdentity(),
    new RestoredJourney(),
    new RestoredMetrics(),
  ];
  return afterRestore({ ...installation, services }, options);
}

/** All four, as this program knows their tables. */
async function checkSchemas(databaseUrl: string): Promise<void> {
  const missing = await withSnapshot(databaseUrl, async (snapshot) => {
    const missing: string[] = [];
    for (const { schema, migrations } of SCHEMAS) {
      const reader = snapshot.of(schema);
      const [table] = await reader.read<{ isThere: boolean }>(
        `SELECT to_regclass($1) IS NOT NULL AS "isThere"`,
        [`${schema}.migrations`],
      );
      const done = table?.isThere
        ? await reader.read<{ name: string }>('SELECT name FROM migrations')
        : [];
      const names = new Set(done.map(({ name }) => name));
      if (migrations.some((migration) => !names.has(nameOf(migration)))) missing.push(schema);
    }
    return missing;
  });
  if (missing.length === 0) return;
  throw new Fault(
    'conflict',
    `Tables of this version are missing in ${missing.join(', ')}. A backup of an older version: \`touchline init\` first. An empty ` +
      'schema: restore the whole database, all schemas from one backup.',
  );
}

/** As TypeORM keeps it. */
function nameOf(migration: MigrationClass): string {
  return new migration().name ?? migration.name;
}
