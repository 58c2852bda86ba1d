import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICES, type ServiceName } from '#contracts';
import { freshDatabase } from '#testing';
import { type Keys, type Running, startService } from '../../apps/standalone/src/start.js';

/** The four services as processes would be: an application, a registry and a pool each, over one embedded log. */
export interface FourServices {
  /** As they are now: a service started again has another port. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly keys: Keys;
  readonly databaseUrl: string;
  /** Stops one and starts it again; answers how long the stop took, ms. */
  restart(name: ServiceName): Promise<number>;
  /** Takes the database away, log and all. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFour(
  environment: Readonly<Record<string, string>> = {},
  logTo?: NodeJS.WritableStream,
): Promise<FourServices> {
  const given = environment['DATABASE_URL'];
  const database =
    given === undefined ? await freshDatabase() : { url: given, close: async () => undefined };
  const dataDir = await mkdtemp(join(tmpdir(), 'touchline-four-'));
  const running = new Map<ServiceName, Running>();
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((service) => service.stop()));
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  const start = async (name: ServiceName): Promise<void> => {
    const own = {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: 'one secret for the four services of a test',
      LOG_LEVEL: 'silent',
      ...environment,
    };
    running.set(name, await startService(name, { environment: own, dataDir, port: 0, logTo }));
  };
  try {
    for (const name of SERVICES) await start(name);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get urls() {
      const urls = [...running].map(([name, { url }]) => [name, url] as const);
      return Object.fromEntries(urls) as Record<ServiceName, string>;
    },
    keys: running.get('ingestion')?.keys ?? { read: '', write: '', admin: '' },
    databaseUrl: database.url,
    restart: async (name) => {
      const startedAt = performance.now();
      await running.get(name)?.stop();
      const tookMs = performance.now() - startedAt;
      await start(name);
      return tookMs;
    },
    cut: () => database.close(),
    stop,
  };
}
