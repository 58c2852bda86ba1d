import type { EventLog } from '#event-log';
import { openStorage } from '#storage';
import type { Storage } from '#storage';
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
      'TRUNCATE rules, fact, interaction, bucket, histogram, bucket_cause, publication, kpi_rolling, consumer_offset, dead_letter, outbox',
    ),
  );
}
