import { Client } from 'pg';
import { eventually } from './eventually.js';

/**
 * Fails when connections to this test database are still open: a pool, client or relay that a test forgot to close. Call it
 * last in a spec, before the database is dropped. Connections close asynchronously, hence the short wait.
 */
export async function assertNoConnections(databaseUrl: string, timeoutMs = 2_000): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await eventually(
      async () => {
        const { rows } = await client.query<{ application_name: string; query: string }>(
          `SELECT application_name, query FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        if (rows.length === 0) return;
        const left = rows.map((row) => `${row.application_name}: ${row.query}`).join('\n');
        throw new Error(`${rows.length} connections were left open:\n${left}`);
      },
      { timeoutMs },
    );
  } finally {
    await client.end();
  }
}
