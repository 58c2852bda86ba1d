import { type EventLog, openEventLog } from '#event-log';
import { type Environment, InfrastructureConfig, loadConfig } from '#runtime';
import { runningDatabase } from './running-database.js';

/** The log as configured: Kafka, or the tables of the database that runs in the data directory. Needs no secret. */
export async function openLog(environment: Environment): Promise<EventLog> {
  const config = loadConfig(InfrastructureConfig, environment);
  if (config.TOUCHLINE_LOG === 'kafka') {
    return openEventLog({
      kind: 'kafka',
      brokers: (config.KAFKA_BROKERS ?? '').split(','),
      topicPrefix: config.KAFKA_TOPIC_PREFIX,
    });
  }
  const databaseUrl = config.DATABASE_URL ?? (await runningDatabase(config.TOUCHLINE_DATA_DIR));
  return openEventLog({ kind: 'postgres', databaseUrl });
}
