/** One installation on a Postgres of its own, which is backed up while it works, lost, and started again from the backup. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type EmbeddedPostgres, startEmbeddedPostgres, withSnapshot } from '#storage';
import { eventually, freshDatabase } from '#testing';
import { openLog } from '../../apps/cli/src/adapters/open-log.js';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { restoreInstallation } from '../../apps/cli/src/restoring/restore-installation.js';
import { lagOf } from '../../apps/cli/src/verification/lag.js';
import { type Running, startService, startStandalone } from '../../apps/standalone/src/start.js';
import { backUpOnline } from './online-backup.js';

const SECRET = 'one secret before and after a restore';
const SERVER = { fsync: 'off', synchronous_commit: 'off', shared_buffers: '64MB' };
/** Numbers go out while the test looks. */
const PUBLISHED_SOON = {
  METRICS_GRACE_MS: '0',
  METRICS_QUIET_MS: '100',
  METRICS_AGAIN_QUIET_MS: '100',
  METRICS_AGAIN_EVERY_MS: '200',
  METRICS_PUBLISH_EVERY_MS: '100',
};

export class RestoredInstallation {
  private server: EmbeddedPostgres | undefined;
  private running: Running | undefined;

  private constructor(
    private readonly dir: string,
    private readonly tenants: readonly string[],
    private readonly log: Readonly<Record<string, string>>,
  ) {}

  static async open(
    tenants: readonly string[],
    log: Readonly<Record<string, string>>,
  ): Promise<RestoredInstallation> {
    const dir = await mkdtemp(join(tmpdir(), 'touchline-restore-'));
    await mkdir(join(dir, 'first'));
    const installation = new RestoredInstallation(dir, tenants, log);
    await installation.startServer('first');
    return installation;
  }

  get environment(): Record<string, string> {
    return {
      DATABASE_URL: this.server?.url ?? '',
      TOUCHLINE_SECRET: SECRET,
      TOUCHLINE_DATA_DIR: join(this.dir, 'keys'),
      TOUCHLINE_TENANTS: ['default', ...this.tenants].join(','),
      TOUCHLINE_KEEP_KEYS: 'on',
      TOUCHLINE_PRINT_KEYS: 'off',
      LOG_LEVEL: 'silent',
      ...PUBLISHED_SOON,
      ...this.log,
    };
  }

  async startServices(): Promise<void> {
    const { environment } = this;
    const dataDir = environment['TOUCHLINE_DATA_DIR'] ?? '';
    this.running = await startStandalone({ environment, dataDir, port: 0 });
  }

  async client(tenant: string, key?: string): Promise<TouchlineClient> {
    const file = tenant === 'default' ? 'keys.json' : `keys.${tenant}.json`;
    const text = await readFile(join(this.dir, 'keys', file), 'utf8');
    const { admin } = JSON.parse(text) as { admin: string };
    return new TouchlineClient({ url: this.running?.url ?? '', key: key ?? admin });
  }

  backUp(): Promise<void> {
    const [from, to] = [join(this.dir, 'first'), join(this.dir, 'backup')];
    return backUpOnline(this.environment['DATABASE_URL'] ?? '', from, to);
  }

  /** The database goes first, with whatever the services were doing. */
  async disaster(): Promise<void> {
    await this.server?.stop();
    await this.stopServices();
    this.server = undefined;
  }

  startBackup(): Promise<void> {
    return this.startServer('backup');
  }

  /** `doctor --after-restore`. */
  async settle(isDryRun: boolean) {
    const log = await openLog(this.environment);
    try {
      const databaseUrl = this.environment['DATABASE_URL'] ?? '';
      return await restoreInstallation({ databaseUrl, log }, { isDryRun, now: () => Date.now() });
    } finally {
      await log.close();
    }
  }

  async stopServices(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  async close(): Promise<void> {
    await this.stopServices();
    await this.server?.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** One service alone on an empty database, which reads the topics from their start, until it has read all. */
  async anew<Result>(
    service: 'journey' | 'metrics',
    look: (databaseUrl: string) => Promise<Result>,
  ): Promise<Result> {
    const database = await freshDatabase();
    const environment: Record<string, string> = {
      ...this.environment,
      DATABASE_URL: database.url,
    };
    const dataDir = environment['TOUCHLINE_DATA_DIR'] ?? '';
    const log = await openLog(environment);
    const running = await startService(service, { environment, dataDir, port: 0 });
    try {
      const lags = () => withSnapshot(database.url, (snapshot) => lagOf(service, snapshot, log));
      await eventually(async () => expect(await lags()).toEqual([]), { timeoutMs: 60_000 });
      return await look(database.url);
    } finally {
      await running.stop();
      await log.close();
      await database.close();
    }
  }

  private async startServer(name: 'first' | 'backup'): Promise<void> {
    const dir = join(this.dir, name);
    this.server = await startEmbeddedPostgres({ dir, settings: SERVER });
  }
}
