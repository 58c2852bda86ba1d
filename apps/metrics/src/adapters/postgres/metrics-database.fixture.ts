import type { EventLog } from '#event-log';
import { openStorage } from '#storage';
import type { Storage } from '#storage';
import { CATALOGUE } from '../../domain/catalogue/index.js';
import { standingOnly } from '../../domain/definitions.js';
import { PostgresAggregateTables } from './counting/observations-and-buckets.repository.js';
import { METRICS_SCHEMA } from '../../metrics.module.js';

/** The schema of metrics on a database, with an outbox that nobody relays. */
export async function openMetricsStorage(databaseUrl: string): Promise<Storage> {
  const log = {} as EventLog;
  const storage = await openStorage({ ...METRICS_SCHEMA, databaseUrl, log, poolSize: 4 });
  await storage.migrate();
  return storage;
}

/** Everything but the shared tables. */
export async function emptyTables(storage: Storage): Promise<void> {
  await storage.unitOfWork.run((transaction) =>
    transaction.query(
      'TRUNCATE rules, definition, fact, interaction, replay, bucket, bucket_day, histogram, bucket_cause, publication, kpi_rolling, consumer_offset, dead_letter, outbox, erasing_tenant, erased_interaction, erased_identifier, erasure_part, erasure_count',
    ),
  );
}

/** A tenant with the definitions of the catalogue in force. */
export async function insertTenant(storage: Storage, tenant: string): Promise<void> {
  const rules = { zone: 'UTC', serviceLevelMs: 20_000, shortAbandonMs: 5_000 };
  const definitions = standingOnly(CATALOGUE);
  await storage.unitOfWork.run((transaction) =>
    new PostgresAggregateTables().holdRules(
      transaction,
      new Map([[tenant, { ...rules, definitions }]]),
    ),
  );
}
