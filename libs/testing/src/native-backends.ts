import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Options {
  readonly dataDir: string;
}

export interface NativeKafka {
  /** host:port */
  readonly brokers: string;
  stop(): Promise<unknown>;
}

export interface NativeRedis {
  readonly url: string;
  stop(): Promise<unknown>;
}

/** A real broker without Docker, as `deploy/native/kafka.mjs` starts it. */
export async function startNativeKafka(dataDir: string): Promise<NativeKafka> {
  const { startKafka } = await script<{ startKafka(o: Options): Promise<NativeKafka> }>('kafka');
  return startKafka({ dataDir });
}

export interface SecuredKafkaOptions extends Options {
  /** Key and certificate, PEM. */
  readonly keyFile: string;
  /** Passwords by name, for SCRAM-SHA-512. */
  readonly users: Readonly<Record<string, string>>;
  /** Accounts need ACLs. */
  readonly isAuthorised?: boolean;
}

export interface SecuredKafka extends NativeKafka {
  /** The broker's own listener, without TLS and password. */
  readonly plain: string;
}

/** A broker that takes clients by TLS and SCRAM-SHA-512. */
export async function startSecuredKafka(options: SecuredKafkaOptions): Promise<SecuredKafka> {
  const kafka = await script<{ startSecuredKafka(o: Options): Promise<SecuredKafka> }>('kafka');
  return kafka.startSecuredKafka(options);
}

export interface NativeNode {
  /** host:port */
  readonly address: string;
  start(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<unknown>;
}

export interface NativeCluster extends NativeKafka {
  readonly nodes: readonly NativeNode[];
}

/** Three real brokers: topics are kept by all, appends need two. */
export async function startNativeCluster(dataDir: string): Promise<NativeCluster> {
  const { startCluster } = await script<{ startCluster(o: Options): Promise<NativeCluster> }>(
    'kafka',
  );
  return startCluster({ dataDir });
}

/** The machine's own redis-server, as `deploy/native/redis.mjs` starts it. */
export async function startNativeRedis(dataDir: string): Promise<NativeRedis> {
  const { startRedis } = await script<{ startRedis(o: Options): Promise<NativeRedis> }>('redis');
  return startRedis({ dataDir });
}

export interface SecuredRedisOptions extends Options {
  readonly secured: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly caFile: string;
    readonly password: string;
  };
}

/** A redis-server that takes clients by TLS and password. */
export async function startSecuredRedis(options: SecuredRedisOptions): Promise<NativeRedis> {
  const { startRedis } = await script<{ startRedis(o: Options): Promise<NativeRedis> }>('redis');
  return startRedis(options);
}

/** Jest runs in the root of the repository. */
async function script<Module>(name: string): Promise<Module> {
  const path = join(process.cwd(), 'deploy', 'native', `${name}.mjs`);
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return (await import(pathToFileURL(path).href)) as Module;
}
