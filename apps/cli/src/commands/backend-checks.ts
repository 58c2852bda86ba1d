import { openRedisCache } from '#cache';
import { TOPICS } from '#contracts';
import {
  ConfigurationFault,
  databaseUrlOf,
  type Environment,
  InfrastructureConfig,
  loadConfig,
  redisOptions,
  unlessRefused,
} from '#runtime';
import { reachDatabase } from '#storage';
import { openLog } from '../adapters/open-log.js';
import { runningDatabase } from '../adapters/running-database.js';
import type { Check } from '../application/diagnose.js';
import { dataDirectory } from '../connection.js';

/** Database, log and cache as this configuration names them: there, and willing to take us. */
export function backendChecks(environment: Environment): Check[] {
  return [
    {
      name: 'database',
      fix: 'start Postgres, or check DATABASE_URL',
      look: async () => {
        const config = loadConfig(InfrastructureConfig, environment);
        const url = databaseUrlOf(config);
        if (url === undefined) return undefined;
        await unlessRefused('Postgres', config, () => reachDatabase(url));
        const { searchParams } = new URL(url);
        return `takes us, ${searchParams.has('sslmode') ? 'by TLS' : 'without TLS'}`;
      },
    },
    {
      name: 'log',
      fix: 'check DATABASE_URL or KAFKA_BROKERS; topics are made at the start of a service',
      look: async () => {
        if (environment['DATABASE_URL'] === undefined && environment['TOUCHLINE_LOG'] !== 'kafka') {
          const isRunning = await runningDatabase(dataDirectory()).then(
            () => true,
            () => false,
          );
          if (!isRunning) return { warning: 'the embedded database does not run now' };
        }
        return describeLog(environment);
      },
    },
    {
      name: 'cache',
      fix: 'start Redis, or check REDIS_URL; until then each process counts limits alone, and KPIs are answered slower',
      look: () => describeCache(environment),
    },
  ];
}

async function describeLog(environment: Environment): Promise<string> {
  const log = await openLog(environment);
  try {
    const description = await log.describe();
    const ranges = await log.ranges(TOPICS.map(({ name }) => name));
    const present = new Set(ranges.map(({ topic }) => topic));
    const missing = TOPICS.filter(({ name }) => !present.has(name)).map(({ name }) => name);
    if (missing.length > 0)
      throw new Error(`${description}; missing topics: ${missing.join(', ')}`);
    const records = ranges.reduce((sum, { earliest, next }) => sum + next - earliest, 0);
    return `${description}; ${present.size} topics, ${records} records`;
  } finally {
    await log.close();
  }
}

/** Nothing stops without Redis, so its absence is a warning; one that refuses us is never what was meant. */
async function describeCache(
  environment: Environment,
): Promise<string | { readonly warning: string } | undefined> {
  const config = loadConfig(InfrastructureConfig, environment);
  const options = redisOptions(config);
  if (options === undefined) return undefined;
  const cache = await openRedisCache(options);
  try {
    return await unlessRefused('Redis', config, () => cache.describe());
  } catch (error) {
    if (error instanceof ConfigurationFault) throw error;
    return { warning: error instanceof Error ? error.message : String(error) };
  } finally {
    await cache.close();
  }
}
