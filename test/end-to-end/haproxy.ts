import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { renderProxy, SERVICES, type ServiceName } from '#contracts';
import { serveNames } from './loopback-names.js';

export interface HaProxy {
  readonly url: string;
  stop(): Promise<void>;
}

export interface HaProxyOptions {
  readonly port: number;
  /** Of each service, on all of `replicas`. */
  readonly ports: Readonly<Record<ServiceName, number>>;
  /** Addresses of the loopback at which each service has a replica. */
  readonly replicas: readonly string[];
}

/** HAProxy with the configuration that is deployed; only where it listens, whom it asks for names and its folder are ours. */
export async function startHaProxy({ port, ports, replicas }: HaProxyOptions): Promise<HaProxy> {
  const names = await serveNames(replicas);
  const folder = await mkdtemp(join(tmpdir(), 'touchline-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  const addresses = SERVICES.map(
    (name) => `    setenv ${name.toUpperCase()}_ADDRESS ${name}.test:${ports[name]}`,
  );
  const configuration = renderProxy()
    .replace('\nglobal\n', ['', 'global', ...addresses, ''].join('\n'))
    .replace('bind :3000', `bind 127.0.0.1:${port}`)
    .replace('parse-resolv-conf', `nameserver names ${names.address}`)
    .replaceAll('/usr/local/etc/haproxy', resolve('deploy/proxy'));
  await writeFile(file, configuration);
  const program = spawn('haproxy', ['-f', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = async (): Promise<void> => {
    await end(program);
    await names.stop();
    await rm(folder, { recursive: true });
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return;
  const gone = once(program, 'exit');
  program.kill('SIGTERM');
  await gone;
}
