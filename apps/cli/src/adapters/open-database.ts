import { join } from 'node:path';
import type { InfrastructureConfig } from '#runtime';
import { startEmbeddedPostgres } from '#storage';
import { runningDatabase } from './running-database.js';

export interface OpenDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** The database as configured: by URL, running in the data directory, or started there for the while. */
export async function openDatabase({
  DATABASE_URL,
  TOUCHLINE_DATA_DIR,
}: InfrastructureConfig): Promise<OpenDatabase> {
  const stop = async () => undefined;
  if (DATABASE_URL !== undefined) return { url: DATABASE_URL, stop };
  const running = await runningDatabase(TOUCHLINE_DATA_DIR).catch(() => undefined);
  if (running !== undefined) return { url: running, stop };
  return startEmbeddedPostgres({ dir: join(TOUCHLINE_DATA_DIR, 'postgres') });
}
