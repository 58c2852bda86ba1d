import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { initialiseCluster } from './cluster.js';
import { reachableBinaries } from './binaries.js';
import { clusterAccount } from './cluster-account.js';
import { freePort } from './free-port.js';
import { launchPostmaster } from './postmaster.js';
import { claimOwnership } from './ownership.js';

export interface EmbeddedPostgresOptions {
  /** Holds the cluster (`data/`), its password, its log. Kept across restarts. */
  readonly dir: string;
  /** On 127.0.0.1; a free one when absent. */
  readonly port?: number;
  /** Server settings beside the defaults (tests switch fsync off). */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** `postgres://touchline:…@127.0.0.1:port/touchline` */
  readonly url: string;
  /** Fast shutdown with a checkpoint; resolves when the server has gone. */
  stop(): Promise<void>;
}

/** Longer checkpoints: full-page images after each one dominate the write-ahead log. Planning anew: tables grow from empty. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
  plan_cache_mode: 'force_custom_plan',
  wal_compression: 'on',
  shared_buffers: '256MB',
  max_connections: '100',
  jit: 'off',
};

/**
 * Starts the Postgres that npm brought along. A server that a killed process left behind on this directory is stopped first;
 * one that belongs to a living process is refused.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const release = await claimOwnership(dir);
  try {
    const account = await clusterAccount(dir);
    const binaries = await reachableBinaries();
    const cluster = { dataDir: join(dir, 'data'), account, binaries };
    const password = await initialiseCluster(dir, cluster);
    const port = options.port ?? (await freePort());
    const postmaster = await launchPostmaster({
      ...cluster,
      logFile: join(dir, 'postgres.log'),
      port,
      password,
      settings: { ...SETTINGS, ...options.settings },
    });
    return {
      url: postmaster.url,
      stop: async () => {
        await postmaster.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
