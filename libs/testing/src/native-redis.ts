import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface NativeRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;

/** The machine's own `redis-server`, on a free port of 127.0.0.1, keeping nothing on disk. */
export async function startNativeRedis(dir: string): Promise<NativeRedis> {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      dir,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<Error>((resolve) => {
    child.once('error', (error) =>
      resolve(
        new Error(`redis-server did not start (install it or set REDIS_URL): ${error.message}`),
      ),
    );
    child.once('exit', (code) => resolve(new Error(`redis-server ended with ${code}`)));
  });
  await Promise.race([untilAnswering(port), ended.then((error) => Promise.reject(error))]);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilAnswering(port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await isAnswering(port))) {
    if (performance.now() > deadline) throw new Error('redis-server does not answer');
    await sleep(20);
  }
}

function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.toString().startsWith('+PONG'));
    });
    socket.write('PING\r\n');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
