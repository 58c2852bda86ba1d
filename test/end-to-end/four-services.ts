import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICES, type ServiceName } from '#contracts';
import { freshDatabase } from '#testing';
import { type Keys, type Running, startService } from '../../apps/standalone/src/start.js';

/** The four services as processes would be: an application, a registry and a pool each, over one embedded log. */
export interface FourServices {
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly keys: Keys;
  readonly databaseUrl: string;
  /** Takes the database away, log and all. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFour(
  environment: Readonly<Record<string, string>> = {},
  logTo?: NodeJS.WritableStream,
): Promise<FourServices> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'touchline-four-'));
  const running = new Map<ServiceName, Running>();
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((service) => service.stop()));
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    for (const name of SERVICES) {
      const own = {
        DATABASE_URL: database.url,
        TOUCHLINE_SECRET: 'one secret for the four services of a test',
        LOG_LEVEL: 'silent',
        ...environment,
      };
      running.set(name, await startService(name, { environment: own, dataDir, port: 0, logTo }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = Object.fromEntries([...running].map(([name, { url }]) => [name, url]));
  return {
    urls: urls as Record<ServiceName, string>,
    keys: running.get('ingestion')?.keys ?? { read: '', write: '', admin: '' },
    databaseUrl: database.url,
    cut: () => database.close(),
    stop,
  };
}
