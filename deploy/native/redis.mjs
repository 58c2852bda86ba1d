// The machine's own redis-server on a free port of 127.0.0.1, keeping nothing on disk.
//   node deploy/native/redis.mjs start|stop|status [--dir .touchline/redis] [--port 6379]
// Installs the Debian package when it is missing in CI and we are root; elsewhere it says what to install.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ask, freePort, options, running, startDetached, stopDetached } from './loopback.mjs';

const run = promisify(execFile);
const NAME = 'redis';
const START_TIMEOUT_MS = 10_000;

/** Starts a server, or takes over the one that runs on `dataDir`; resolves when it answers. */
export async function startRedis({ dataDir = '.touchline/redis', port, secured } = {}) {
  const dir = resolve(dataDir);
  const found = running({ dir, name: NAME });
  if (found !== undefined) return handle(dir, found.port);
  await assureInstalled();
  mkdirSync(dir, { recursive: true });
  const listen = Number(port ?? 0) || (await freePort());
  const server = startDetached({
    dir,
    name: NAME,
    command: 'redis-server',
    args: [
      ...listenArguments(listen, secured),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      dir,
    ],
    state: { port: listen },
  });
  const isReady = () => (secured ? isListening(listen) : isAnswering(listen));
  await server.untilReady(isReady, START_TIMEOUT_MS);
  return handle(dir, listen);
}

/** `secured`: TLS only, and a password. Client certificates are not asked for. */
function listenArguments(port, secured) {
  if (!secured) return ['--port', String(port)];
  const { certFile, keyFile, caFile, password } = secured;
  const files = [
    '--tls-cert-file',
    certFile,
    '--tls-key-file',
    keyFile,
    '--tls-ca-cert-file',
    caFile,
  ];
  const tls = ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'];
  return [...tls, ...files, '--requirepass', password];
}

export async function stopRedis({ dataDir = '.touchline/redis' } = {}) {
  return stopDetached({ dir: resolve(dataDir), name: NAME });
}

/** redis:// address of the server that runs on `dataDir` and answers, or undefined. */
export async function statusRedis({ dataDir = '.touchline/redis' } = {}) {
  const found = running({ dir: resolve(dataDir), name: NAME });
  return found !== undefined && (await isAnswering(found.port)) ? address(found.port) : undefined;
}

async function assureInstalled() {
  if (await isInstalled()) return;
  const isRoot = process.getuid?.() === 0;
  if (process.env.CI === 'true' && isRoot) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-q'], { env });
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'redis-server'], {
      env,
    });
  }
  if (!(await isInstalled())) {
    throw new Error(
      'redis-server is missing: install it (Debian: apt-get install redis-server) or set REDIS_URL',
    );
  }
}

async function isInstalled() {
  return run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );
}

function handle(dir, port) {
  return { url: address(port), stop: () => stopRedis({ dataDir: dir }) };
}

function address(port) {
  return `redis://127.0.0.1:${port}`;
}

async function isAnswering(port) {
  const answer = await ask(port, 'PING\r\n');
  return answer?.toString().startsWith('+PONG') === true;
}

/** Behind TLS nobody answers a plain question. */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function main([command, ...rest]) {
  const { dir: dataDir, port } = options(rest);
  if (command === 'start') {
    console.log((await startRedis({ dataDir, port })).url);
  } else if (command === 'stop') {
    console.log((await stopRedis({ dataDir })) ? 'stopped' : 'was not running');
  } else if (command === 'status') {
    const url = await statusRedis({ dataDir });
    console.log(url ?? 'not running');
    process.exitCode = url === undefined ? 1 : 0;
  } else {
    console.error(
      'usage: node deploy/native/redis.mjs start|stop|status [--dir .touchline/redis] [--port 6379]',
    );
    process.exitCode = 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
