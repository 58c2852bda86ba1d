import { randomBytes } from 'node:crypto';
import { openEventLog } from '#event-log';
import type { EventLog } from '#event-log';
import { backends } from './backends.js';
import { freshDatabase } from './database.js';

export interface TestLog {
  readonly name: 'postgres' | 'kafka';
  /** A log of its own: an empty database, or a topic prefix of its own on the broker. */
  open(): Promise<{ readonly log: EventLog; close(): Promise<void> }>;
}

/** The adapters that this run has: always the embedded log, Kafka when there is a broker. For `describe.each(testLogs())`. */
export function testLogs(): TestLog[] {
  const { kafkaBrokers } = backends();
  const embedded: TestLog = { name: 'postgres', open: openEmbedded };
  if (kafkaBrokers.length === 0) return [embedded];
  return [embedded, { name: 'kafka', open: () => openKafka(kafkaBrokers) }];
}

async function openEmbedded() {
  const database = await freshDatabase();
  const log = await openEventLog({ kind: 'postgres', databaseUrl: database.url });
  return {
    log,
    close: async () => {
      await log.close();
      await database.close();
    },
  };
}

async function openKafka(brokers: readonly string[]) {
  const topicPrefix = `t${randomBytes(5).toString('hex')}.`;
  const log = await openEventLog({ kind: 'kafka', brokers, topicPrefix });
  return { log, close: () => log.close() };
}
