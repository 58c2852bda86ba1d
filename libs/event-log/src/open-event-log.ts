import type { EventLog } from './event-log.js';
import { openPostgresLog } from './postgres/postgres-log.js';

export type EventLogConfig =
  | { readonly kind: 'postgres'; readonly databaseUrl: string; readonly partitionsDefault?: number }
  | {
      readonly kind: 'kafka';
      readonly brokers: readonly string[];
      readonly topicPrefix?: string;
      readonly clientId?: string;
    };

/** The adapter that the configuration names. kafkajs is loaded only when it is wanted. */
export async function openEventLog(config: EventLogConfig): Promise<EventLog> {
  if (config.kind === 'postgres') {
    return openPostgresLog({
      url: config.databaseUrl,
      partitionsDefault: config.partitionsDefault,
    });
  }
  throw new Error('kafka adapter not yet here');
}
