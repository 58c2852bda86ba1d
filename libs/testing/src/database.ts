import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { backends } from './backends.js';

export interface TestDatabase {
  readonly url: string;
  /** Drops it; connections left open are cut. */
  close(): Promise<void>;
}

export interface TemplateDatabase {
  /** A copy with everything that `migrate` made. */
  copy(): Promise<TestDatabase>;
  close(): Promise<void>;
}

/** An empty database on the run's Postgres. */
export async function freshDatabase(): Promise<TestDatabase> {
  return createDatabase('template0');
}

/**
 * Migrates once; every copy costs a file copy instead of the migrations. `migrate` gets a URL and must leave no connection
 * open: Postgres copies only databases that nobody uses.
 */
export async function templateDatabase(
  name: string,
  migrate: (url: string) => Promise<void>,
): Promise<TemplateDatabase> {
  const template = await createDatabase('template0', name);
  await migrate(template.url);
  return {
    copy: () => createDatabase(databaseName(template.url), name),
    close: () => template.close(),
  };
}

async function createDatabase(template: string, label = 'test'): Promise<TestDatabase> {
  const name = `${label.replaceAll(/[^a-z0-9]/g, '_')}_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY FILE_COPY`);
  const url = new URL(backends().databaseUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    close: () => administer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}

function databaseName(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function administer(sql: string): Promise<void> {
  const client = new Client({ connectionString: backends().databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
