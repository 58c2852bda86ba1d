import { Client } from 'pg';
import type { CustomTypesConfig } from 'pg';
import { rowTypes } from './row-types.js';
import { outwards } from './sql-errors.js';
import type { Transaction } from './transaction.js';

/** All schemas of an installation in one transaction. */
export interface WholeDatabase {
  /** Unqualified names are its tables. */
  of(schema: string): Transaction;
}

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * For maintenance while no service runs: one transaction over every schema, on a connection of its own. It is committed when
 * `work` says so, else all of it is rolled back: a dry run is the whole work without its end.
 */
export async function withWholeDatabase<Result>(
  databaseUrl: string,
  work: (database: WholeDatabase) => Promise<{ readonly result: Result; readonly isKept: boolean }>,
): Promise<Result> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'touchline maintenance',
    options: '-c timezone=UTC -c jit=off',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: rowTypes as CustomTypesConfig,
  });
  client.on('error', () => undefined); // Seen by the next query on it.
  try {
    await client.connect();
    await client.query('BEGIN');
    const { result, isKept } = await work(new OneConnection(client));
    await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    throw outwards(error);
  } finally {
    await client.end();
  }
}

class OneConnection implements WholeDatabase {
  private current = '';

  constructor(private readonly client: Client) {}

  of(schema: string): Transaction {
    return { query: (sql, parameters = []) => this.query(schema, sql, parameters) };
  }

  private async query<Row extends object>(
    schema: string,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    if (this.current !== schema) {
      await this.client.query(`SELECT set_config('search_path', $1, true)`, [schema]);
      this.current = schema;
    }
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }
}
