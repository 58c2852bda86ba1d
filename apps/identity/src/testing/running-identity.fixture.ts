/** Identity alone, on the embedded log, as HTTP and the log see it. Authentication is off: everybody is an admin. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Following, LogRecord, OutgoingRecord } from '#event-log';
import { startApplication } from '#runtime';
import { UnitOfWork } from '#storage';
import { acceptedRecord, eventually, freshDatabase, interaction } from '#testing';
import { IdentityConfig } from '../identity.config.js';
import { IdentityModule } from '../identity.module.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface RunningIdentity {
  readonly url: string;
  readonly databaseUrl: string;
  /** Appends an accepted interaction of these identifiers and waits until the profile of the first answers. */
  sees(...identifiers: string[]): Promise<void>;
  ask(path: string, body?: object): Promise<Answer>;
  remove(path: string): Promise<Answer>;
  /** As another service would. */
  append(records: readonly OutgoingRecord[]): Promise<void>;
  /** As identity itself would: by its outbox. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Every column of every row of its schema. */
  everything(): Promise<string>;
  /** A list that grows with what is published on a topic. */
  follow(topic: { readonly name: string }): Promise<readonly LogRecord[]>;
  stop(): Promise<void>;
}

export async function startIdentity(): Promise<RunningIdentity> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'touchline-identity-'));
  const { url, app, infrastructure, stop } = await startApplication({
    name: 'identity',
    services: [{ module: IdentityModule, config: IdentityConfig }],
    environment: {
      DATABASE_URL: database.url,
      TOUCHLINE_SECRET: 'a secret for tests of thirty-two characters',
      TOUCHLINE_DATA_DIR: dataDir,
      TOUCHLINE_AUTH: 'off',
      PORT: '0',
      LOG_LEVEL: 'silent',
    },
  });
  const ask = (path: string, body?: object): Promise<Answer> => send(`${url}${path}`, body);
  const inspection = new pg.Client({ connectionString: database.url });
  await inspection.connect();
  const followings: Following[] = [];
  let sequence = 0;
  return {
    url,
    databaseUrl: database.url,
    ask,
    sees: async (...texts) => {
      sequence += 1;
      const identifiers = texts.map((text) => {
        const [, type = '', value = ''] = /^([^:]+):(.+)$/u.exec(text) ?? [];
        return { type, value };
      });
      const occurredAt = new Date(Date.UTC(2026, 4, 1, 10, 0, sequence)).toISOString();
      const record = acceptedRecord(interaction({ id: `i${sequence}`, identifiers, occurredAt }));
      await infrastructure.log.append([record]);
      const query = encodeURIComponent(texts[0] ?? '');
      await eventually(async () => {
        const { body } = await ask(`/v1/profiles?identifier=${query}`);
        if (typeof body['lastSeen'] !== 'string' || body['lastSeen'] < occurredAt)
          throw new Error(`${texts[0]} was not seen yet`);
      });
    },
    remove: async (path) => {
      const answer = await fetch(`${url}${path}`, { method: 'DELETE' });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    append: (records) => infrastructure.log.append(records),
    publish: (outgoing) =>
      app.get(UnitOfWork, { strict: false }).publish(async () => ({ result: undefined, outgoing })),
    everything: async () => {
      const { rows } = await inspection.query<{ table_name: string }>(
        `SELECT table_name FROM information_schema.tables WHERE table_schema = 'identity'`,
      );
      const texts: string[] = [];
      for (const { table_name: name } of rows) {
        const found = await inspection.query<{ text: string }>(
          `SELECT t::text AS text FROM identity."${name}" AS t`,
        );
        texts.push(...found.rows.map(({ text }) => `${name} ${text}`));
      }
      return texts.join('\n');
    },
    follow: async ({ name }) => {
      const records: LogRecord[] = [];
      const following = await infrastructure.log.follow({
        topics: [name],
        from: 'earliest',
        onRecords: (found) => void records.push(...found),
      });
      followings.push(following);
      return records;
    },
    stop: async () => {
      for (const following of followings) await following.stop();
      await inspection.end();
      await stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function send(address: string, body?: object): Promise<Answer> {
  const answer = await fetch(address, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: body ? { 'content-type': 'application/json' } : {},
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
