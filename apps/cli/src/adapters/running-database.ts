import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#kernel';

/**
 * Address of the Postgres that another process (`touchline start`) runs in this data directory: its port stands in
 * Postgres's own `postmaster.pid`, fourth line, and its password beside the cluster.
 */
export async function runningDatabase(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'postgres');
  try {
    const lines = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
    const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
    return `postgres://touchline:${password}@127.0.0.1:${Number(lines[3])}/touchline`;
  } catch (error) {
    const detail = `No database runs in ${dataDir}: start it (touchline start), or set DATABASE_URL.`;
    throw new Fault('unavailable', detail, { cause: error });
  }
}
