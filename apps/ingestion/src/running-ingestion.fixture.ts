import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Application, type Environment, startApplication } from '#runtime';
import { freshDatabase } from '#testing';
import { IngestionConfig } from './ingestion.config.js';
import { IngestionModule } from './ingestion.module.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly key?: string;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ingestion on the embedded stack, with a database of its own, as HTTP sees it. */
export interface RunningIngestion {
  readonly keys: { readonly write: string; readonly read: string; readonly admin: string };
  readonly application: Application;
  readonly failures: readonly string[];
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** Takes the database away, log and all. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

export const INGESTION_SECRET = 'a secret for tests of thirty-two characters';

export async function startIngestion(environment: Environment = {}): Promise<RunningIngestion> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'touchline-ingestion-'));
  const failures: string[] = [];
  const application = await startApplication({
    name: 'ingestion',
    services: [{ module: IngestionModule, config: IngestionConfig }],
    environment: {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: INGESTION_SECRET,
      TOUCHLINE_DATA_DIR: dataDir,
      TOUCHLINE_PRINT_KEYS: 'off',
      TOUCHLINE_KEEP_KEYS: 'on',
      PORT: '0',
      LOG_LEVEL: 'silent',
      ...environment,
    },
    onFailure: (reason) => failures.push(reason),
  });
  const keys = JSON.parse(
    await readFile(join(dataDir, 'keys.json'), 'utf8'),
  ) as RunningIngestion['keys'];
  return {
    keys,
    application,
    failures,
    ask: (path, asked) => ask(`${application.url}${path}`, { key: keys.admin, ...asked }),
    cut: () => database.close(),
    stop: async () => {
      await application.stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function ask(
  address: string,
  { method, key, body, type, headers }: Asked,
): Promise<Answer> {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const answer = await fetch(address, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    body: sent,
    headers: {
      ...(key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
      ...headers,
    },
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** The least that is accepted. */
export const interaction = (members: Record<string, unknown> = {}): Record<string, unknown> => ({
  source: 'webshop',
  id: 'i-1',
  type: 'page.viewed',
  channel: 'web',
  occurredAt: '2026-05-01T10:00:00.000Z',
  ...members,
});
