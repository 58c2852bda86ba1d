import type { EventLog } from './event-log.js';
import type { KafkaLogOptions } from './kafka/kafka-client.js';
import type { KafkaLog } from './kafka/kafka-log.js';
import { openPostgresLog } from './postgres/postgres-log.js';

export type EventLogConfig =
  | { readonly kind: 'postgres'; readonly databaseUrl: string; readonly partitionsDefault?: number }
  | ({ readonly kind: 'kafka' } & KafkaLogOptions);

/** The adapter that the configuration names. kafkajs is loaded only when it is wanted. */
export async function openEventLog(config: EventLogConfig): Promise<EventLog> {
  if (config.kind === 'postgres') {
    return openPostgresLog({
      url: config.databaseUrl,
      partitionsDefault: config.partitionsDefault,
    });
  }
  return openKafkaLog(config);
}

/** Opens the log on a Kafka cluster; throws a Fault `unavailable` when none of the brokers answers. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const kafka = await import('./kafka/kafka-log.js');
  return kafka.openKafkaLog(options);
}
