import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keys, startStandalone } from '../../../standalone/src/start.js';

export interface DemoStack {
  readonly url: string;
  readonly keys: Keys;
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
  const running = await startStandalone({
    dataDir: folder,
    port: port ?? ((await isFree(PREFERRED_PORT)) ? PREFERRED_PORT : 0),
    environment: { LOG_LEVEL: 'error' },
    logTo: process.stderr,
    onFailure: (reason) => {
      process.stderr.write(`The demo cannot go on: ${reason}\n`);
      process.exit(1);
    },
  });
  return {
    url: running.url,
    keys: running.keys,
    stop: async () => {
      await running.stop();
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
