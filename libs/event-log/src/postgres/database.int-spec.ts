import { expect, it } from '@jest/globals';
import { freshDatabase } from '#testing';
import { inTransaction, openPool } from './database.js';

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
