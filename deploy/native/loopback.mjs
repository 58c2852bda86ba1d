// What the native backends share: a free port, waiting for an answer, processes that outlive the command that started them.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Sends `request` and resolves to the first bytes of the answer, or undefined when there is none within a second. */
export function ask(port, request) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => end(undefined));
    socket.once('error', () => end(undefined));
    socket.once('close', () => resolve(undefined));
    socket.once('data', end);
    socket.write(request);
  });
}

/** Starts a process that does not end with this one; what it prints goes to `<dir>/<name>.log`, its id to `<dir>/<name>.json`. */
export function startDetached({ dir, name, command, args, state }) {
  const log = join(dir, `${name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(command, args, {
    cwd: dir,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let failure;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `it ended with ${code ?? signal}`));
  child.unref();
  writeFileSync(statePath(dir, name), JSON.stringify({ pid: child.pid, ...state }));
  return {
    child,
    async untilReady(isReady, timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      while (!(await isReady())) {
        if (failure === undefined && Date.now() < deadline) {
          await sleep(50);
          continue;
        }
        const tail = existsSync(log)
          ? readFileSync(log, 'utf8').split('\n').slice(-15).join('\n')
          : '';
        await stopDetached({ dir, name });
        throw new Error(`${name} did not start: ${failure ?? 'it does not answer'}\n${tail}`);
      }
    },
  };
}

/** What was started in `dir` and still runs, or undefined. The id alone is no proof: it must work in `dir`. */
export function running({ dir, name }) {
  const path = statePath(dir, name);
  if (!existsSync(path)) return undefined;
  const state = JSON.parse(readFileSync(path, 'utf8'));
  return isOurs(state.pid, dir) ? state : undefined;
}

export async function stopDetached({ dir, name }) {
  const state = running({ dir, name });
  if (state !== undefined) {
    process.kill(state.pid, 'SIGTERM');
    const deadline = Date.now() + 15_000;
    while (isOurs(state.pid, dir)) {
      if (Date.now() > deadline) process.kill(state.pid, 'SIGKILL');
      await sleep(50);
    }
  }
  rmSync(statePath(dir, name), { force: true });
  return state !== undefined;
}

/** Without a word, as a machine that loses power; resolves when the process is gone. */
export async function killDetached({ dir, name }) {
  const state = running({ dir, name });
  if (state === undefined) return false;
  process.kill(state.pid, 'SIGKILL');
  while (isOurs(state.pid, dir)) await sleep(20);
  rmSync(statePath(dir, name), { force: true });
  return true;
}

/** `--name value` pairs after the command. */
export function options(args) {
  const found = {};
  for (let index = 0; index < args.length; index += 2) {
    if (!args[index].startsWith('--') || args[index + 1] === undefined) {
      throw new Error(`expected --name value, got ${args[index]}`);
    }
    found[args[index].slice(2)] = args[index + 1];
  }
  return found;
}

function statePath(dir, name) {
  return join(dir, `${name}.json`);
}

function isOurs(pid, dir) {
  if (!Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that has ended but was not yet collected has no directory. Command lines prove nothing: redis rewrites its own.
  // Without /proc (macOS) the id must do.
  if (!existsSync('/proc/self/cwd')) return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dir);
  } catch {
    return false;
  }
}
