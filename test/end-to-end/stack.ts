import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SERVICES, type ServiceName } from '#contracts';
import { type ProxyTargets, startProxy } from '#runtime';
import { backends, eventually, freshDatabase } from '#testing';
import { TouchlineClient } from '../../apps/cli/src/adapters/touchline-client.js';
import { startStandalone } from '../../apps/standalone/src/start.js';
import { freePort } from './free-port.js';

export interface Stack {
  readonly url: string;
  /** The first admin key. */
  readonly key: string;
  readonly client: TouchlineClient;
  /** As its processes have it: where its database and log are, and its secret. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Flavour {
  readonly name: string;
  /** `more`: settings beside those that a stack needs. */
  start(more?: Readonly<Record<string, string>>): Promise<Stack>;
}

const SECRET = 'one secret for all stacks of a run: equal profile ids';
let stacks = 0;

/** Embedded log always; Kafka, in one process and in four, when the run has a broker. */
export function flavours(): Flavour[] {
  const embedded: Flavour = {
    name: 'embedded log, one process',
    start: (more = {}) => standalone(more),
  };
  if (backendsOrNone().length === 0) return [embedded];
  return [
    embedded,
    { name: 'Kafka, one process', start: (more = {}) => standalone({ ...kafka(), ...more }) },
    { name: 'Kafka, four processes', start: (more = {}) => split({ ...kafka(), ...more }) },
  ];
}

function backendsOrNone(): readonly string[] {
  return backends().kafkaBrokers;
}

function kafka(): Record<string, string> {
  return {
    TOUCHLINE_LOG: 'kafka',
    KAFKA_BROKERS: backends().kafkaBrokers.join(','),
    KAFKA_TOPIC_PREFIX: `e2e-${process.pid}-${Date.now().toString(36)}-${stacks}-`,
  };
}

/** A database of its own, and a folder for the first keys; both go at the end. */
async function room(log: Record<string, string>) {
  stacks++;
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'touchline-e2e-'));
  const environment: Record<string, string> = {
    DATABASE_URL: database.url,
    TOUCHLINE_SECRET: SECRET,
    TOUCHLINE_DATA_DIR: dataDir,
    TOUCHLINE_KEEP_KEYS: 'on',
    TOUCHLINE_PRINT_KEYS: 'off',
    LOG_LEVEL: 'error',
    ...log,
  };
  const leave = async () => {
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { environment, dataDir, leave };
}

async function standalone(log: Record<string, string>): Promise<Stack> {
  const { environment, dataDir, leave } = await room(log);
  try {
    const running = await startStandalone({ environment, dataDir, port: 0 });
    const { url, keys } = running;
    const client = new TouchlineClient({ url, key: keys.admin });
    const stop = async () => {
      await running.stop();
      await leave();
    };
    return { url, key: keys.admin, client, environment, stop };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** Compiled programs, as in production: `npm test` builds first. */
async function split(log: Record<string, string>): Promise<Stack> {
  const { environment, dataDir, leave } = await room(log);
  const ports = await Promise.all(SERVICES.map(() => freePort()));
  const programs = SERVICES.map((name, index) =>
    startProgram(name, { ...environment, PORT: String(ports[index]) }),
  );
  const targets = Object.fromEntries(
    SERVICES.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]),
  ) as ProxyTargets;
  const proxy = await startProxy({ port: 0, targets });
  const stop = async () => {
    await proxy.stop();
    await Promise.all(programs.map(end));
    await leave();
  };
  try {
    await untilReady(proxy.url, programs);
    const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')) as {
      admin: string;
    };
    return {
      url: proxy.url,
      key: keys.admin,
      client: new TouchlineClient({ url: proxy.url, key: keys.admin }),
      environment,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startProgram(name: ServiceName, environment: Record<string, string>): ChildProcess {
  const program = resolve('dist', 'apps', name, 'src', 'main.js');
  return spawn(process.execPath, [program], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function untilReady(url: string, programs: readonly ChildProcess[]): Promise<void> {
  await eventually(
    async () => {
      if (programs.some(({ exitCode }) => exitCode !== null)) return;
      const { status } = await fetch(`${url}/health/ready`);
      if (status !== 200) throw new Error(`not ready: ${status}`);
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
  const ended = programs.findIndex(({ exitCode }) => exitCode !== null);
  if (ended >= 0) throw new Error(`${SERVICES[ended]} ended with ${programs[ended]?.exitCode}`);
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return;
  const gone = once(program, 'exit');
  program.kill('SIGTERM');
  await gone;
}
