import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '#kernel';

const run = promisify(execFile);
const ACCOUNT = 'postgres';

/** Empty: run as ourselves. */
export interface ClusterAccount {
  readonly uid?: number;
  readonly gid?: number;
}

/** Postgres refuses to run as root: a root process runs it as the account `postgres`, made when missing. */
export async function clusterAccount(): Promise<ClusterAccount> {
  if (process.getuid?.() !== 0) return {};
  const found = await lookUp();
  if (found) return found;
  await run('groupadd', ['--system', '--force', ACCOUNT]);
  await run('useradd', ['--system', '--gid', ACCOUNT, '--no-create-home', ACCOUNT]);
  const made = await lookUp();
  if (!made) throw new Fault('unavailable', `The account ${ACCOUNT} could not be made.`);
  return made;
}

/** Lets the account reach the files under `dir` (the cluster itself stays closed to others; the password file too). */
export async function openToAccount(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (let parent = dirname(dir); parent !== dirname(parent); parent = dirname(parent)) {
    const { mode } = await stat(parent);
    if ((mode & 0o001) !== 0) continue;
    throw new Fault(
      'unavailable',
      `Postgres cannot run as root, and the account ${ACCOUNT} cannot enter ${parent}: ` +
        'put the project elsewhere, start it as another user, or set DATABASE_URL.',
    );
  }
}

async function lookUp(): Promise<ClusterAccount | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', ACCOUNT]), run('id', ['-g', ACCOUNT])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
