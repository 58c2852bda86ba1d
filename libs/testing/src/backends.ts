/** What the global setup started, as workers see it. Int-specs read the run's backends from here only. */
export interface Backends {
  readonly databaseUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly redisUrl: string | undefined;
}

export function backends(): Backends {
  const { DATABASE_URL, KAFKA_BROKERS, REDIS_URL } = process.env;
  if (!DATABASE_URL) throw new Error('no DATABASE_URL: run this spec in the project `stack`');
  return {
    databaseUrl: DATABASE_URL,
    kafkaBrokers: (KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== ''),
    redisUrl: REDIS_URL === '' ? undefined : REDIS_URL,
  };
}
