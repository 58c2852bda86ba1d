import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Ground } from './arm.js';
import { until } from './measure.js';

export type ServiceName = 'ingestion' | 'identity' | 'journey' | 'metrics';

export interface RunningService {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts one service as a process of its own, on the round's log and database, and waits until it is ready. */
export async function startService(name: ServiceName, ground: Ground): Promise<RunningService> {
  const port = await freePort();
  const main = fileURLToPath(new URL(`../apps/${name}/src/main.js`, import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      TOUCHLINE_AUTH: 'off',
      TOUCHLINE_SECRET: 'a secret of the benchmark, worth nothing elsewhere',
      TOUCHLINE_LOG: ground.logKind,
      DATABASE_URL: ground.databaseUrl,
      KAFKA_BROKERS: ground.brokers.join(','),
      KAFKA_TOPIC_PREFIX: `${ground.round}.`,
      LOG_LEVEL: 'warn',
    },
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${complaint}`);
    return isReady(url);
  }, 60_000);
  return { url, pid: child.pid ?? 0, stop: () => stopped(child) };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch {
    return false;
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
