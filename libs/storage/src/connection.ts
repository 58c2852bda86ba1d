import { DataSource } from 'typeorm';
import { Client } from 'pg';
import type { CustomTypesConfig, Pool } from 'pg';
import { SharedTables1700000000000 } from './migrations/shared-tables.js';
import { rowTypes } from './row-types.js';
import { outwards } from './sql-errors.js';
import type { StorageActivity, StorageOptions } from './storage.js';

const POOL_SIZE = 8;
const CONNECT_TIMEOUT_MS = 5_000;
const SCHEMA_NAME = /^[a-z][a-z0-9_]{0,40}$/;

/**
 * Batches look up some hundred keys in tables that grow from empty: nested loops over indexes are right at every size. Left to
 * itself the planner, before the first ANALYZE, hashes or scans whole tables a batch (seen: 2.2 s instead of 9 ms).
 */
const INDEXES_ONLY =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';

/** Start-up parameters of every connection: unqualified names mean this schema; plans are made anew as tables grow. */
export function sessionOptions(schema: string): string {
  return `-c search_path=${schema} -c plan_cache_mode=force_custom_plan -c timezone=UTC -c idle_in_transaction_session_timeout=60s ${INDEXES_ONLY}`;
}

export function dataSourceOf(options: StorageOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.databaseUrl,
    schema: options.schema,
    entities: [...(options.entities ?? [])],
    migrations: [SharedTables1700000000000, ...options.migrations],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    logging: false,
    applicationName: `touchline ${options.schema}`,
    poolSize: options.poolSize ?? POOL_SIZE,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: () => undefined, // An idle connection was cut: the pool makes another.
    extra: { types: rowTypes, options: sessionOptions(options.schema), keepAlive: true },
  });
}

/** TypeORM's driver for Postgres keeps its pool there, untyped. */
function masterOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { readonly master: Pool }).master;
}

/**
 * The pool takes its listener off a connection that it lends, TypeORM adds its own a moment later: one that the server ends in
 * between (it may say so in the packet that says that it is ready) would end the process. The next query on it fails.
 */
export function outliveConnections(dataSource: DataSource): void {
  masterOf(dataSource).on('connect', (client) => client.on('error', () => undefined));
}

export function poolOf(dataSource: DataSource): StorageActivity['pool'] {
  const master = masterOf(dataSource);
  const { totalCount: open, idleCount: idle, waitingCount: waiting, options } = master;
  return { open, idle, waiting, max: options.max };
}

/** One connection outside the pool: locks of a session, LISTEN. */
export async function connectClient(options: StorageOptions, role: string): Promise<Client> {
  const client = new Client({
    connectionString: options.databaseUrl,
    options: sessionOptions(options.schema),
    application_name: `touchline ${options.schema} ${role}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: rowTypes as CustomTypesConfig,
  });
  client.on('error', () => undefined); // Seen by the next query on it.
  await client.connect();
  return client;
}

/** Connects once, and asks for nothing. */
export async function reachDatabase(databaseUrl: string): Promise<void> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'touchline reach',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // Thrown by what waits for it.
  try {
    await client.connect();
  } catch (error) {
    throw outwards(error);
  } finally {
    await client.end();
  }
}

/** Several processes start at once: one makes the schema or migrates, the others wait for it. */
export async function whileLocked<Result>(
  options: StorageOptions,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connectClient(options, 'migrate');
  try {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [
      `migrate ${options.schema}`,
    ]);
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function ensureSchema(options: StorageOptions): Promise<void> {
  if (!SCHEMA_NAME.test(options.schema))
    throw new Error(`schema name '${options.schema}' is not allowed`);
  await whileLocked(options, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
      options.schema,
    ]);
    if (found.rowCount === 0) await client.query(`CREATE SCHEMA "${options.schema}"`);
  });
}
