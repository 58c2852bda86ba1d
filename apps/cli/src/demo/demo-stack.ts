import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplication } from '#runtime';
import { SERVICES } from '../../../standalone/src/services.js';

export interface DemoStack {
  readonly url: string;
  readonly keys: Readonly<Record<'admin' | 'write' | 'read', string>>;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}

const PREFERRED_PORT = 3000;

/**
 * The whole of Touchline in this process, on an embedded database in a fresh folder: whatever backends the environment
 * names are not touched.
 */
export async function startDemoStack(port?: number): Promise<DemoStack> {
  const folder = await mkdtemp(join(tmpdir(), 'touchline-demo-'));
  // Postgres refuses to run as root: its account must be able to enter. What is in there stays closed.
  await chmod(folder, 0o711);
  const application = await startApplication({
    name: 'standalone',
    services: Object.values(SERVICES),
    environment: {
      PORT: String(port ?? ((await isFree(PREFERRED_PORT)) ? PREFERRED_PORT : 0)),
      TOUCHLINE_DATA_DIR: folder,
      TOUCHLINE_PRINT_KEYS: 'off',
      LOG_LEVEL: 'error',
    },
    logTo: process.stderr,
    onFailure: (reason) => {
      process.stderr.write(`The demo cannot go on: ${reason}\n`);
      process.exit(1);
    },
  });
  const keys = JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8')) as DemoStack['keys'];
  return {
    url: application.url,
    keys,
    stop: async () => {
      await application.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
