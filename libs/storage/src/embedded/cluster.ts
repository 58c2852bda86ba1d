import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.js';
import { commandAs } from './cluster-account.js';
import type { ClusterAccount } from './cluster-account.js';

const run = promisify(execFile);
export const CLUSTER_USER = 'touchline';

export interface Cluster {
  readonly dataDir: string;
  readonly account: ClusterAccount;
  readonly binaries: PostgresBinaries;
}

/**
 * Makes the cluster in `dir` when there is none; returns its password. `PG_VERSION` is the last file that initdb needs to
 * have written, and `initialised` marks that it ended well: a directory cut off half-way is made again.
 */
export async function initialiseCluster(dir: string, cluster: Cluster): Promise<string> {
  const passwordFile = join(dir, 'password');
  const marker = join(dir, 'initialised');
  if (await exists(marker)) return (await readFile(passwordFile, 'utf8')).trim();

  await rm(cluster.dataDir, { recursive: true, force: true });
  await mkdir(cluster.dataDir, { recursive: true, mode: 0o700 });
  const password = randomBytes(18).toString('hex');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await runInitdb(cluster, password, dir);
  await writeFile(marker, '');
  return password;
}

async function runInitdb(cluster: Cluster, password: string, dir: string): Promise<void> {
  const { initdb, postgres } = cluster.binaries;
  await Promise.all([initdb, postgres].map((file) => chmod(file, 0o755).catch(() => undefined)));
  const handOver = join(dir, `.initdb-${process.pid}`);
  await writeFile(handOver, `${password}\n`, { mode: 0o600 });
  try {
    const { uid, gid } = cluster.account;
    if (uid !== undefined && gid !== undefined) {
      await chown(cluster.dataDir, uid, gid);
      await chown(handOver, uid, gid);
    }
    const command = commandAs(cluster.account, initdb, [
      `--pgdata=${cluster.dataDir}`,
      `--username=${CLUSTER_USER}`,
      `--pwfile=${handOver}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
    ]);
    await run(command.file, [...command.args], { ...command.options, cwd: cluster.dataDir });
  } finally {
    await rm(handOver, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
