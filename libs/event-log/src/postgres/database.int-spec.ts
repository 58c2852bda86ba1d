import { expect, it } from '@jest/globals';
import { assertNoConnections, freshDatabase } from '#testing';
import { inTransaction, openPool } from './database.js';
import { openPostgresLog } from './postgres-log.js';

it('a connection cut between two statements of a transaction fails that transaction, not the process', async () => {
  const database = await freshDatabase();
  const pool = openPool({ url: database.url, size: 2, statementTimeoutMs: 5_000 });
  const broken = inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // Not events.once: it listens to 'error' as well, and would hide what is tested.
    const ended = new Promise((resolve) => client.once('end', resolve));
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await client.query('SELECT 1');
  });
  await expect(broken).rejects.toThrow(/connection/iu);
  await expect(inTransaction(pool, (client) => client.query('SELECT 1'))).resolves.toMatchObject({
    rowCount: 1,
  });
  await pool.end();
  await database.close();
});

it('a log that cannot make its tables leaves no connection open', async () => {
  const database = await freshDatabase();
  const pool = openPool({ url: database.url, size: 1, statementTimeoutMs: 5_000 });
  const name = new URL(database.url).pathname.slice(1);
  await pool.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
  await pool.end();
  await expect(openPostgresLog({ url: database.url })).rejects.toThrow(/read-only/u);
  await assertNoConnections(database.url);
  await database.close();
});
