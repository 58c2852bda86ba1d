import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#kernel';
import { birthOf, isAlive } from './process-life.js';

/**
 * One process at a time may run a data directory: `owner.pid` names it, with its birth, because process ids come again (in a
 * container the same one at every start). What a dead process left is taken over.
 */
export async function claimOwnership(dir: string): Promise<() => Promise<void>> {
  const file = join(dir, 'owner.pid');
  const us = `${process.pid} ${await birthOf(process.pid)}`;
  if (!(await isCreated(file, us))) {
    const owner = await livingOwner(file);
    if (owner !== undefined) {
      throw new Fault('unavailable', `The data directory ${dir} is in use by process ${owner}.`);
    }
    await writeFile(file, us);
  }
  return () => rm(file, { force: true });
}

async function livingOwner(file: string): Promise<number | undefined> {
  const [pid, birth] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  const owner = Number(pid);
  if (!Number.isInteger(owner) || owner <= 0 || !isAlive(owner)) return undefined;
  return birth === (await birthOf(owner)) ? owner : undefined;
}

async function isCreated(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
