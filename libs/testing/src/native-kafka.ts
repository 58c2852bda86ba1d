import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

export interface NativeKafka {
  /** host:port */
  readonly brokers: string;
  stop(): Promise<void>;
}

interface KafkaModule {
  readonly startKafka: (options: { readonly dataDir: string }) => Promise<NativeKafka>;
}

/** A real broker without Docker, as `deploy/native/kafka.mjs` starts it. jest runs in the root of the repository. */
export async function startNativeKafka(dataDir: string): Promise<NativeKafka> {
  const script = join(process.cwd(), 'deploy/native/kafka.mjs');
  if (!existsSync(script)) throw new Error(`${script} is missing: set KAFKA_BROKERS`);
  const { startKafka } = (await import(pathToFileURL(script).href)) as KafkaModule;
  return startKafka({ dataDir });
}
