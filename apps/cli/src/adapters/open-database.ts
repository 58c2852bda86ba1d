import { join } from 'node:path';
import { databaseUrlOf, unlessRefused, type InfrastructureConfig } from '#runtime';
import { reachDatabase, startEmbeddedPostgres } from '#storage';
import { runningDatabase } from './running-database.js';

export interface OpenDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** The database as configured: by URL, running in the data directory, or started there for the while. */
export async function openDatabase(config: InfrastructureConfig): Promise<OpenDatabase> {
  const { TOUCHLINE_DATA_DIR } = config;
  const stop = async () => undefined;
  const url = databaseUrlOf(config);
  if (url !== undefined) {
    await unlessRefused('Postgres', config, () => reachDatabase(url));
    return { url, stop };
  }
  const running = await runningDatabase(TOUCHLINE_DATA_DIR).catch(() => undefined);
  if (running !== undefined) return { url: running, stop };
  return startEmbeddedPostgres({ dir: join(TOUCHLINE_DATA_DIR, 'postgres') });
}
