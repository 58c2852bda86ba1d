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

/** The machine's own redis-server, as `deploy/native/redis.mjs` starts it. */
export async function startNativeRedis(dataDir: string): Promise<NativeRedis> {
  const { startRedis } = await script<{ startRedis(o: Options): Promise<NativeRedis> }>('redis');
  return startRedis({ dataDir });
}

/** Jest runs in the root of the repository. */
async function script<Module>(name: string): Promise<Module> {
  const path = join(process.cwd(), 'deploy', 'native', `${name}.mjs`);
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  return (await import(pathToFileURL(path).href)) as Module;
}
