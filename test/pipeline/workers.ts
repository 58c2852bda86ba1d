/** An installation with three workers a service: identity, journey and metrics thrice on one log and one database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, FixedClock, invariant } from '#kernel';
import { type Application, startApplication } from '#runtime';
import { withSnapshot } from '#storage';
import { eventually, freshDatabase } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { readInstallation } from '../../apps/cli/src/verification/read-installation.js';
import {
  type Verification,
  verifyInstallation,
} from '../../apps/cli/src/verification/verify-installation.js';
import { OpenTenant } from '../../apps/ingestion/src/application/tenants/open-tenant.js';
import { StitchBatch } from '../../apps/journey/src/application/stitch-batch.js';
import { SweepDeadlines } from '../../apps/journey/src/application/sweep-deadlines.js';
import { SERVICES } from '../../apps/standalone/src/services.js';
import { isIdle } from '../golden/idle.js';

const SECRET = 'one secret for all workers: equal profile ids';
const WORKERS = 3;
const PATIENCE_MS = 120_000;
const SETTINGS = {
  TOUCHLINE_KEEP_KEYS: 'off',
  TOUCHLINE_PRINT_KEYS: 'off',
  TOUCHLINE_PARTITIONS: '6',
  JOURNEY_POOL_SIZE: '4',
  IDENTITY_POOL_SIZE: '4',
  /** Tests sweep; a timer's sweep repeats what is past. */
  JOURNEY_SWEEP_MS: '60000',
  METRICS_PUBLISH_EVERY_MS: '86400000',
  LOG_LEVEL: 'error',
  PORT: '0',
};

interface Clocks {
  /** When everything is received. */
  readonly receivedAt: number;
  /** The workers' own: before every deadline. */
  readonly startAt: number;
}

export interface Installation extends Clocks {
  /** Settings of the log: nothing for the embedded one. */
  readonly log: Readonly<Record<string, string>>;
}

/** A tenant's clients: of ingestion, and of each worker. */
interface Access {
  readonly ingestion: TouchlineClient;
  readonly workers: readonly TouchlineClient[];
}

export class Workers {
  private readonly accesses = new Map<string, Access>();

  private constructor(
    private readonly databaseUrl: string,
    private readonly ingestion: Application,
    private readonly workers: readonly Application[],
    readonly stop: () => Promise<void>,
  ) {}

  static async start({ receivedAt, startAt, log }: Installation): Promise<Workers> {
    const closing: (() => Promise<unknown>)[] = [];
    const stop = async (): Promise<void> => {
      for (const close of closing.splice(0).reverse()) await close();
    };
    try {
      const database = await freshDatabase();
      closing.push(() => database.close());
      const dataDir = await mkdtemp(join(tmpdir(), 'touchline-workers-'));
      closing.push(() => rm(dataDir, { recursive: true, force: true }));
      const environment = {
        DATABASE_URL: database.url,
        TOUCHLINE_SECRET: SECRET,
        TOUCHLINE_DATA_DIR: dataDir,
        ...SETTINGS,
        ...log,
      };
      const { ingestion, ...others } = SERVICES;
      const running: Application[] = [];
      for (let index = 0; index <= WORKERS; index++) {
        const application = await startApplication({
          name: 'standalone',
          services: index === 0 ? [ingestion] : Object.values(others),
          clock: new FixedClock(index === 0 ? receivedAt : startAt),
          environment,
        });
        closing.push(() => application.stop());
        running.push(application);
      }
      const [first, ...workers] = running;
      invariant(first !== undefined, 'ingestion runs');
      return new Workers(database.url, first, workers, stop);
    } catch (error) {
      await stop();
      throw error;
    }
  }

  /** Makes tenants with their sources, and waits until every worker knows them. */
  async open(tenants: readonly string[], sources: readonly string[]): Promise<void> {
    for (const tenant of tenants) {
      const keys = await this.ingestion.app.get(OpenTenant, { strict: false }).execute(tenant);
      const key = keys?.admin;
      const [ingestion, ...workers] = [this.ingestion, ...this.workers].map(
        ({ url }) => new TouchlineClient({ url, key }),
      );
      invariant(ingestion !== undefined, 'ingestion runs');
      for (const source of sources) await ingestion.post('/v1/sources', { source });
      this.accesses.set(tenant, { ingestion, workers });
    }
    await this.until('every worker knows every tenant', async () =>
      this.workers.every(({ infrastructure: { directory } }) =>
        tenants.every((tenant) => directory.tenant(tenant) !== undefined),
      ),
    );
  }

  ingest(tenant: string): TouchlineClient {
    return this.access(tenant).ingestion;
  }

  /** Of one of the workers; any number may be said. */
  worker(tenant: string, index: number): TouchlineClient {
    const { workers } = this.access(tenant);
    const client = workers[index % workers.length];
    invariant(client !== undefined, 'workers run');
    return client;
  }

  /** Advances the watermark from one of the workers. */
  async sweep(at: number, index: number): Promise<void> {
    await this.workers[index % WORKERS]?.app.get(SweepDeadlines, { strict: false }).execute(at);
  }

  untilIdle(): Promise<void> {
    const { log } = this.ingestion.infrastructure;
    return this.until('nothing is on its way', () => isIdle(this.databaseUrl, log));
  }

  /** How many timelines each worker folded: whether all of them worked. */
  folds(): number[] {
    return this.workers.map(({ app }) => {
      const { foldCounts } = app.get(StitchBatch, { strict: false });
      return Object.values(foldCounts).reduce((sum, count: number) => sum + count, 0);
    });
  }

  verify(): Promise<Verification> {
    const { log } = this.ingestion.infrastructure;
    return verifyInstallation(
      { databaseUrl: this.databaseUrl, log, secret: SECRET },
      { patienceMs: PATIENCE_MS },
    );
  }

  /** All that the services keep of each tenant, as `verify` reads it: a line a row. */
  dumps(tenants: readonly string[]): Promise<Map<string, string[]>> {
    return withSnapshot(this.databaseUrl, async (snapshot) => {
      const dumps = new Map<string, string[]>();
      for (const tenant of tenants) {
        const reading = { tenant, secret: SECRET, report: () => undefined };
        const { recorded } = await readInstallation(snapshot, reading);
        const lines = Object.entries(recorded).flatMap(([table, rows]) =>
          [...rows].map(([key, row]) => `${table} ${key} ${canonicalJson(row)}`),
        );
        dumps.set(tenant, lines.sort());
      }
      return dumps;
    });
  }

  private access(tenant: string): Access {
    const access = this.accesses.get(tenant);
    invariant(access !== undefined, 'the tenant was opened');
    return access;
  }

  private until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    return eventually(
      async () => {
        if (!(await isSo())) throw new Error(`waited in vain: ${what}`);
      },
      { timeoutMs: PATIENCE_MS, everyMs: 50 },
    );
  }
}
