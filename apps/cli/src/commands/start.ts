import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SERVICES, type ServiceName } from '#contracts';
import { Fault } from '#kernel';
import {
  type Infrastructure,
  loadInfrastructureConfig,
  openInfrastructure,
  type ProxyTargets,
  SERVICE_PORTS,
  startProxy,
} from '#runtime';
import { inPackage } from '../adapters/package-root.js';
import { EXIT } from '../exit-code.js';
import { act, newCommand } from '../new-command.js';
import type { Terminal } from '../terminal.js';

interface StartOptions {
  readonly split?: boolean;
}

/** A service that does not stop by itself is ended after this; it stops within 10 s. */
const STOP_PATIENCE_MS = 12_000;
const PROXY_PORT = 3000;

export function start() {
  return newCommand('start', 'Start Touchline; without a name: everything in one process')
    .argument('[service...]', `some of ${SERVICES.join(', ')}, each as a process of its own`)
    .option('--split', 'all four services as processes of their own behind one port')
    .action(
      act<StartOptions>(async (terminal, { split }, services) => {
        const named = namedServices(services as unknown as string[] | undefined);
        if (split) return startSplit(terminal, named.length > 0 ? named : SERVICES);
        const programs = named.length > 0 ? named : (['standalone'] as const);
        return supervise(programs.map((name) => startProgram(name, process.env)));
      }),
    );
}

function namedServices(names: readonly string[] = []): ServiceName[] {
  return names.map((name) => {
    const service = SERVICES.find((known) => known === name);
    if (service) return service;
    throw new Fault('invalid-parameter', `There is no service ${name}: ${SERVICES.join(', ')}`);
  });
}

/**
 * The four services as processes that share one database and one log, opened here, and a proxy that shows them as one
 * address. Without DATABASE_URL this process runs the embedded Postgres for all of them.
 */
async function startSplit(terminal: Terminal, services: readonly ServiceName[]): Promise<number> {
  const config = loadInfrastructureConfig(process.env);
  const infrastructure = await openInfrastructure(config);
  try {
    const environment = sharedEnvironment(infrastructure);
    const port = config.PORT ?? PROXY_PORT;
    const proxy = await startProxy({ host: config.HOST, port, targets: targets() });
    terminal.line(`touchline listens on ${proxy.url}`);
    const children = services.map((name) =>
      startProgram(name, { ...environment, PORT: String(SERVICE_PORTS[name]) }),
    );
    const code = await supervise(children);
    await proxy.stop();
    return code;
  } finally {
    await infrastructure.close();
  }
}

function targets(): ProxyTargets {
  const address = (name: ServiceName) => [name, `http://127.0.0.1:${SERVICE_PORTS[name]}`] as const;
  return Object.fromEntries(SERVICES.map(address)) as ProxyTargets;
}

function sharedEnvironment({ database, secret, installation }: Infrastructure): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: database.url,
    TOUCHLINE_SECRET: secret.value,
    TOUCHLINE_DATA_DIR: installation.dataDir,
    // To the services the database is one by URL; whether it is embedded is known here only.
    ...(installation.isEmbedded ? { TOUCHLINE_KEEP_KEYS: 'on' } : {}),
  };
}

function startProgram(name: ServiceName | 'standalone', env: NodeJS.ProcessEnv): ChildProcess {
  const program = inPackage('dist', 'apps', name, 'src', 'main.js');
  return spawn(process.execPath, ['--enable-source-maps', program], { env, stdio: 'inherit' });
}

/** Runs until one of them ends or we are told to stop; then stops all. Answers the first exit code that is not 0. */
async function supervise(children: readonly ChildProcess[]): Promise<number> {
  const ends = children.map(async (child) => {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? EXIT.failed;
  });
  const stop = () => children.forEach((child) => child.kill('SIGTERM'));
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      isAsked = true;
      stop();
    });
  }
  await Promise.race(ends);
  stop();
  const giveUp = setTimeout(
    () => children.forEach((child) => child.kill('SIGKILL')),
    STOP_PATIENCE_MS,
  );
  const codes = await Promise.all(ends);
  clearTimeout(giveUp);
  return isAsked ? EXIT.done : (codes.find((code) => code !== 0) ?? EXIT.failed);
}
