import { Pool, TypeOverrides } from 'pg';
import type pg from 'pg';

const INT8 = 20;

/** int8 as numbers (offsets and milliseconds are safe integers), everything else as pg does. */
function numericTypes(): pg.CustomTypesConfig {
  const types = new TypeOverrides();
  types.setTypeParser(INT8, Number);
  return types;
}

export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  /** The server ends a statement after this long. */
  readonly statementTimeoutMs: number;
}

export function openPool(options: PoolOptions): pg.Pool {
  const pool = new Pool({
    connectionString: options.url,
    max: options.size,
    types: numericTypes(),
    connectionTimeoutMillis: 3_000,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + 500,
    application_name: 'touchline event log',
  });
  // A connection that breaks is reported by the query on it or the next one; without a listener of its own, one that breaks
  // between two statements of a transaction would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    );
    throw error;
  }
}
