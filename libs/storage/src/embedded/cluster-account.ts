import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Fault } from '#kernel';
import { firstClosedFolder } from './closed-folder.js';

const run = promisify(execFile);
const ACCOUNT = 'postgres';
const SETPRIV = '/usr/bin/setpriv';
const CAP_DAC_READ_SEARCH = 2n;
const CAP_DAC_OVERRIDE = 1n;

/** Who runs the server. Empty: we ourselves. */
export interface ClusterAccount {
  readonly uid?: number;
  readonly gid?: number;
  /** Put before the command when the account alone could not enter the folders. */
  readonly prefix?: readonly string[];
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
}

/** Postgres refuses to run as root: a root process runs it as the account `postgres`, made when missing. */
export async function clusterAccount(dir: string): Promise<ClusterAccount> {
  if (process.getuid?.() !== 0) return {};
  const account = (await lookUp()) ?? (await create());
  await chmod(dir, 0o755);
  const closed = await firstClosedFolder([dir]);
  return closed === undefined ? account : { ...account, prefix: await privileges(account, closed) };
}

export function commandAs(account: ClusterAccount, file: string, args: readonly string[]): Command {
  const [wrapper, ...before] = account.prefix ?? [];
  if (wrapper !== undefined)
    return { file: wrapper, args: [...before, file, ...args], options: {} };
  const { uid, gid } = account;
  return { file, args, options: uid === undefined ? {} : { uid, gid } };
}

/**
 * Root often works where others may not enter (its home, `mktemp -d`). There the account gets, for this server only, the one
 * capability that passes closed folders (to its data; its binaries: `reachableBinaries`). Rejected: opening the folders.
 */
async function privileges(account: ClusterAccount, closed: string): Promise<readonly string[]> {
  const capability = await passingCapability();
  if (capability === undefined || !existsSync(SETPRIV)) {
    throw new Fault(
      'unavailable',
      `Postgres cannot run as root, and the account ${ACCOUNT} cannot enter ${closed}: ` +
        'put the project elsewhere, start it as another user, or set DATABASE_URL.',
    );
  }
  return [
    SETPRIV,
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
  ];
}

async function passingCapability(): Promise<string | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if ((mask >> CAP_DAC_READ_SEARCH) & 1n) return 'dac_read_search';
  return (mask >> CAP_DAC_OVERRIDE) & 1n ? 'dac_override' : undefined;
}

async function create(): Promise<ClusterAccount> {
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
