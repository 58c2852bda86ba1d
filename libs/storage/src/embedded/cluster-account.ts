import { execFile } from 'node:child_process';
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

async function lookUp(): Promise<ClusterAccount | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', ACCOUNT]), run('id', ['-g', ACCOUNT])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
