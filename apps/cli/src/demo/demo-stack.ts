import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownSecret } from '#runtime';
import { type Keys, startStandalone } from '../../../standalone/src/start.js';
import { openLog } from '../adapters/open-log.js';
import { runningDatabase } from '../adapters/running-database.js';
import { type Verification, verifyInstallation } from '../verification/verify-installation.js';

export interface DemoStack {
  readonly url: string;
  readonly keys: Keys;
  /** Recomputes everything from the archive and compares: what `touchline verify` does. */
  verify(patienceMs: number): Promise<Verification>;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}

const PREFERRED_PORT = 3000;

/** Published and corrected at once: nobody watches an hour go by in a demo. */
const PUBLICATION = {
  METRICS_QUIET_MS: '2000',
  METRICS_AGAIN_QUIET_MS: '1000',
  METRICS_AGAIN_EVERY_MS: '1000',
  METRICS_PUBLISH_EVERY_MS: '250',
};

/**
 * The whole of Touchline in this process, on an embedded database in a fresh folder: whatever backends the environment
 * names are not touched.
 */
export async function startDemoStack(port?: number): Promise<DemoStack> {
  const folder = await mkdtemp(join(tmpdir(), 'touchline-demo-'));
  // Postgres refuses to run as root: its account must be able to enter. What is in there stays closed.
  await chmod(folder, 0o711);
  const running = await startStandalone({
    dataDir: folder,
    port: port ?? ((await isFree(PREFERRED_PORT)) ? PREFERRED_PORT : 0),
    environment: { LOG_LEVEL: 'error', ...PUBLICATION },
    logTo: process.stderr,
    onFailure: (reason) => {
      process.stderr.write(`The demo cannot go on: ${reason}\n`);
      process.exit(1);
    },
  });
  return {
    url: running.url,
    keys: running.keys,
    verify: (patienceMs) => verifyIn(folder, patienceMs),
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function verifyIn(dataDir: string, patienceMs: number): Promise<Verification> {
  const secret = (await knownSecret(dataDir)) ?? '';
  const log = await openLog({ TOUCHLINE_DATA_DIR: dataDir });
  try {
    const subject = { databaseUrl: await runningDatabase(dataDir), log, secret };
    return await verifyInstallation(subject, { patienceMs });
  } finally {
    await log.close();
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
