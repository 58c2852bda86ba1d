import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#kernel';
import { isAlive } from './process-life.js';

/**
 * One process at a time may run a data directory: `owner.pid` names it. A file left by a dead process is taken over;
 * a process id used again by something else would be refused once, and the message says what to delete.
 */
export async function claimOwnership(dir: string): Promise<() => Promise<void>> {
  const file = join(dir, 'owner.pid');
  const owner = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (owner !== 0 && isAlive(owner)) {
    throw new Fault(
      'unavailable',
      `The data directory ${dir} is in use by process ${owner}. Stop it, or delete ${file} if that is another program.`,
    );
  }
  await writeFile(file, String(process.pid));
  return () => rm(file, { force: true });
}
