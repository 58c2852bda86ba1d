import type { Transaction } from './transaction.js';

/**
 * Keeps services from starting until the end of the transaction (they wait where they would migrate), and answers those that
 * run: sessions on this database, and relays that lead.
 */
export async function holdServices(
  transaction: Transaction,
  schemas: readonly string[],
): Promise<string[]> {
  await transaction.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('migrate ' || schema, 0))
       FROM unnest($1::text[]) WITH ORDINALITY AS s (schema, place) ORDER BY place`,
    [schemas],
  );
  const leading = await transaction.query<{ name: string }>(
    `SELECT 'relay of ' || schema AS name FROM unnest($1::text[]) AS s (schema)
      WHERE NOT pg_try_advisory_xact_lock(hashtextextended('relay ' || schema, 0))`,
    [schemas],
  );
  const sessions = await transaction.query<{ name: string }>(
    `SELECT application_name || ' (' || count(*) || ')' AS name FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name LIKE 'touchline %' AND split_part(application_name, ' ', 2) = ANY ($1::text[])
      GROUP BY application_name ORDER BY application_name`,
    [schemas],
  );
  return [...sessions, ...leading].map(({ name }) => name);
}
