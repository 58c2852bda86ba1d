import { spawn } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Fault } from '#kernel';
import { commandAs } from './cluster-account.js';
import { CLUSTER_USER } from './cluster.js';
import type { Cluster } from './cluster.js';
import { hasGone, isAlive } from './process-life.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const DATABASE = 'touchline';

export interface PostmasterOptions extends Cluster {
  readonly logFile: string;
  readonly port: number;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface Postmaster {
  readonly url: string;
  stop(): Promise<void>;
}

export async function launchPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  await clearLeftOver(options.dataDir);
  const pid = await spawnServer(options);
  const url = (database: string) =>
    `postgres://${CLUSTER_USER}:${options.password}@127.0.0.1:${options.port}/${database}`;
  const stopAtExit = () => signal(pid, 'SIGINT');
  process.once('exit', stopAtExit);
  const stop = async () => {
    process.removeListener('exit', stopAtExit);
    await stopServer(pid);
  };
  try {
    await untilReady(url('postgres'), pid, options.logFile);
    await ensureDatabase(url('postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: url(DATABASE), stop };
}

/** Detached, with its own process group: Ctrl-C reaches us only, so services finish before their database stops. */
async function spawnServer(options: PostmasterOptions): Promise<number> {
  const log = await open(options.logFile, 'a');
  try {
    const flags = {
      ...options.settings,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    };
    const command = commandAs(options.account, options.binaries.postgres, [
      '-D',
      options.dataDir,
      '-p',
      String(options.port),
      ...Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const child = spawn(command.file, command.args, {
      ...command.options,
      cwd: options.dataDir,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (child.pid === undefined) throw new Fault('unavailable', 'Postgres did not start.');
    return child.pid;
  } finally {
    await log.close();
  }
}

async function untilReady(url: string, pid: number, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const error = await tryConnect(url);
    if (!error) return;
    if (!isAlive(pid) || Date.now() > deadline) {
      const tail = (await readFile(logFile, 'utf8')).split('\n').slice(-6).join('\n');
      throw new Fault('unavailable', `Postgres did not start (${logFile}):\n${tail}`, {
        cause: error,
      });
    }
    await sleep(25);
  }
}

async function tryConnect(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    await client.end().catch(() => undefined);
    return error;
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/**
 * `postmaster.pid` after a kill or a power cut: a live server of this directory is an orphan (its owner is gone, see
 * ownership) and is stopped; an id that is dead or belongs to something else leaves a file that would block the start.
 */
async function clearLeftOver(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  if (isAlive(pid) && (await looksLikePostgres(pid, dataDir))) await stopServer(pid);
  await rm(file, { force: true });
}

/** Where there is no /proc, a live process is taken for the server: the start then fails rather than ends a stranger. */
async function looksLikePostgres(pid: number, dataDir: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined ? process.platform !== 'linux' : command.includes(dataDir);
}

/** SIGINT is Postgres's fast shutdown (roll back, checkpoint, end); SIGQUIT leaves the recovery to the next start. */
async function stopServer(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await hasGone(pid, STOP_TIMEOUT_MS)) return;
  signal(pid, 'SIGQUIT');
  await hasGone(pid, STOP_TIMEOUT_MS);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone already.
  }
}
