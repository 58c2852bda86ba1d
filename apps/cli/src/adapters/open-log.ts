import { type EventLog, openEventLog } from '#event-log';
import {
  databaseUrlOf,
  type Environment,
  InfrastructureConfig,
  kafkaOptions,
  loadConfig,
  unlessRefused,
} from '#runtime';
import { runningDatabase } from './running-database.js';

/** The log as configured: Kafka, or the tables of the database that runs in the data directory. Needs no secret. */
export async function openLog(environment: Environment): Promise<EventLog> {
  const config = loadConfig(InfrastructureConfig, environment);
  if (config.TOUCHLINE_LOG === 'kafka') {
    return unlessRefused('Kafka', config, () =>
      openEventLog({ kind: 'kafka', ...kafkaOptions(config) }),
    );
  }
  const databaseUrl = databaseUrlOf(config) ?? (await runningDatabase(config.TOUCHLINE_DATA_DIR));
  return unlessRefused('Postgres', config, () => openEventLog({ kind: 'postgres', databaseUrl }));
}
