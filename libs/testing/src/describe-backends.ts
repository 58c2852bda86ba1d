import { Client } from 'pg';
import { openRedisCache } from '#cache';
import { openEventLog } from '#event-log';
import type { Backends } from './backends.js';

/** What the run's backends are, asked of themselves: Postgres version, Kafka cluster id, Redis run id. */
export async function describeBackends(backends: Backends): Promise<Record<string, string>> {
  const { databaseUrl, kafkaBrokers, redisUrl } = backends;
  return {
    postgres: await postgresVersion(databaseUrl),
    ...(kafkaBrokers.length > 0 && { kafka: await kafkaCluster(kafkaBrokers) }),
    ...(redisUrl !== undefined && { redis: await redisRun(redisUrl) }),
  };
}

async function postgresVersion(connectionString: string): Promise<string> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>('SELECT version() AS version');
    return rows[0]?.version.split(' on ', 1)[0] ?? 'unknown';
  } finally {
    await client.end();
  }
}

async function kafkaCluster(brokers: readonly string[]): Promise<string> {
  const log = await openEventLog({ kind: 'kafka', brokers });
  try {
    return await log.describe();
  } finally {
    await log.close();
  }
}

async function redisRun(url: string): Promise<string> {
  const cache = await openRedisCache({ url });
  try {
    return await cache.describe();
  } finally {
    await cache.close();
  }
}
