import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyScope } from '#contracts';
import { type Environment, type Service, startApplication, type ProcessName } from '#runtime';
import { SERVICES } from './services.js';

export interface StartOptions {
  /** Variables as in the README; nothing is read from the process's own environment. */
  readonly environment?: Environment;
  /** Holds embedded data, secret and first keys (default `.touchline`). */
  readonly dataDir?: string;
  /** 0 = any free one. */
  readonly port?: number;
  /** Where log lines go; standard output by default. */
  readonly logTo?: NodeJS.WritableStream;
  readonly onFailure?: (reason: string) => void;
}

export type Keys = Readonly<Record<KeyScope, string>>;

export interface Running {
  readonly url: string;
  /** The first keys of the tenant `default`, as its data directory keeps them. */
  readonly keys: Keys;
  stop(): Promise<void>;
}

export type ServiceId = keyof typeof SERVICES;

/** All services in this process, on one port. */
export async function startStandalone(options: StartOptions = {}): Promise<Running> {
  return start('standalone', Object.values(SERVICES), options);
}

/** One service alone. Only ingestion makes keys: the others read those that the data directory has. */
export async function startService(name: ServiceId, options: StartOptions = {}): Promise<Running> {
  return start(name, [SERVICES[name]], options);
}

async function start(
  name: ProcessName,
  services: readonly Service[],
  options: StartOptions,
): Promise<Running> {
  const dataDir = options.dataDir ?? options.environment?.['TOUCHLINE_DATA_DIR'] ?? '.touchline';
  const { url, stop } = await startApplication({
    name,
    services,
    logTo: options.logTo,
    onFailure: options.onFailure,
    environment: {
      TOUCHLINE_PRINT_KEYS: 'off',
      TOUCHLINE_KEEP_KEYS: 'on',
      ...options.environment,
      TOUCHLINE_DATA_DIR: dataDir,
      ...(options.port === undefined ? {} : { PORT: String(options.port) }),
    },
  });
  return { url, keys: await keysIn(dataDir), stop };
}

async function keysIn(dataDir: string): Promise<Keys> {
  const text = await readFile(join(dataDir, 'keys.json'), 'utf8').catch(() => '{}');
  return { read: '', write: '', admin: '', ...(JSON.parse(text) as Partial<Keys>) };
}
