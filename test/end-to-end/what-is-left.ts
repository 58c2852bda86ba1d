import { zstdDecompressSync } from 'node:zlib';
import { Client } from 'pg';
import { TOPICS } from '#contracts';
import type { EventLog, LogRecord } from '#event-log';
import { canonicalJson } from '#kernel';
import { withSnapshot } from '#storage';
import { readInstallation } from '../../apps/cli/src/verification/read-installation.js';
import type { Stack } from './stack.js';

/** Bytes as Latin 1 keep every letter that is looked for; records that were set aside are compressed after their first byte. */
function textsIn(value: string | Buffer | null): string[] {
  if (value === null) return [];
  if (typeof value === 'string') return [value];
  const texts = [value.toString('latin1')];
  try {
    texts.push(zstdDecompressSync(value.subarray(1)).toString('latin1'));
  } catch {
    // Not compressed: read already.
  }
  return texts;
}

/** Every row of every table of the schemas that matches, column by column. */
export async function everythingIn(
  databaseUrl: string,
  schemas: readonly string[],
  pattern: RegExp,
): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: columns } = await client.query<
      Record<'schema' | 'name' | 'column' | 'type', string>
    >(
      `SELECT table_schema AS schema, table_name AS name, column_name AS column, data_type AS type
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = ANY ($1) AND table_type = 'BASE TABLE'`,
      [schemas],
    );
    const found: string[] = [];
    for (const { schema, name, column, type } of columns) {
      const value = type === 'bytea' ? `"${column}"` : `"${column}"::text`;
      const { rows } = await client.query<{ value: string | Buffer | null }>(
        `SELECT ${value} AS value FROM "${schema}"."${name}"`,
      );
      const texts = rows.flatMap((row) => textsIn(row.value)).filter((text) => pattern.test(text));
      found.push(...texts.map((text) => `${schema}.${name}.${column}: ${text.slice(0, 300)}`));
    }
    if (columns.length < 20) throw new Error('nothing was looked at');
    return found;
  } finally {
    await client.end();
  }
}

export async function recordsOf(log: EventLog, topics: readonly string[]): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const { topic, partition, earliest, next } of await log.ranges(topics)) {
    for (let from = earliest; from < next;) {
      const read = await log.read({ topic, partition, from, max: 500 });
      records.push(...read);
      const last = read.at(-1);
      if (last === undefined) break;
      from = last.offset + 1;
    }
  }
  return records;
}

/** Of compacted topics: the newest record of every key. */
export async function compacted(log: EventLog, pattern: RegExp): Promise<string[]> {
  const topics = TOPICS.filter(({ kind }) => kind === 'compacted').map(({ name }) => name);
  const newest = new Map<string, LogRecord>();
  for (const record of await recordsOf(log, topics))
    newest.set(`${record.topic} ${record.key}`, record);
  return [...newest.values()]
    .filter(({ value }) => value !== null)
    .map(({ topic, key, headers, value }) => `${topic} ${key} ${JSON.stringify(headers)} ${value}`)
    .filter((text) => pattern.test(text));
}

/** Everything that follows from what was accepted, asked and erased. */
export async function tablesOf(
  { environment }: Stack,
  tenant: string,
): Promise<Record<string, unknown>> {
  const { DATABASE_URL: url = '', TOUCHLINE_SECRET: secret = '' } = environment;
  const { recorded } = await withSnapshot(url, (snapshot) =>
    readInstallation(snapshot, { tenant, secret, report: () => undefined }),
  );
  return Object.fromEntries(
    Object.entries(recorded).map(([name, table]) => [
      name,
      [...table].map(([key, row]) => `${key} ${canonicalJson(row)}`).sort(),
    ]),
  );
}
