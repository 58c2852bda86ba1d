import { Client } from 'pg';
import type { CustomTypesConfig } from 'pg';
import { rowTypes } from './row-types.js';

/** Reads one schema as it was when the snapshot was taken; unqualified names are its tables. */
export interface SnapshotReader {
  read<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<Row[]>;
  /** Rows in portions, so that a large table is never held twice. One statement at a time. */
  portions<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
  ): AsyncIterable<Row[]>;
}

/** One moment of a whole database. */
export interface Snapshot {
  of(schema: string): SnapshotReader;
}

const PORTION_ROWS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * What several services keep, read together at one moment: one repeatable-read, read-only transaction on a connection of its
 * own. Statements go one after the other; nothing is locked and nobody waits for it.
 */
export async function withSnapshot<Result>(
  databaseUrl: string,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'touchline snapshot',
    options: '-c timezone=UTC -c jit=off',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: rowTypes as CustomTypesConfig,
  });
  client.on('error', () => undefined); // Seen by the next query on it.
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await work({ of: (schema) => new SchemaReader(client, schema) });
  } finally {
    await client.end();
  }
}

class SchemaReader implements SnapshotReader {
  constructor(
    private readonly client: Client,
    private readonly schema: string,
  ) {}

  async read<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    await this.client.query(`SELECT set_config('search_path', $1, true)`, [this.schema]);
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }

  async *portions<Row extends object>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): AsyncGenerator<Row[]> {
    await this.read(`DECLARE portion NO SCROLL CURSOR FOR ${sql}`, parameters);
    try {
      for (;;) {
        const rows = await this.read<Row>(`FETCH ${PORTION_ROWS} FROM portion`);
        if (rows.length > 0) yield rows;
        if (rows.length < PORTION_ROWS) return;
      }
    } finally {
      await this.client.query('CLOSE portion');
    }
  }
}
