import type pg from 'pg';
import { inTransaction } from './database.js';

/** Rows deleted in one transaction: append waits for a partition's row no longer than this takes. */
const CHUNK = 5_000;

interface PartitionRow {
  readonly topic_id: number;
  readonly partition: number;
  readonly is_compacted: boolean;
  readonly retention_ms: number;
}

/**
 * Retention and compaction, as Kafka's cleaner does them.
 * - Log topics: records older than the topic's retention go, from the oldest on; `earliest` moves first, so that a reader
 *   behind it fails instead of seeing a gap.
 * - Compacted topics: only the newest record of a key stays; a tombstone stays for the topic's retention after it was
 *   appended, then goes too. Offsets never change.
 * One process at a time; others wait for their turn and then find little to do.
 */
export async function maintain(pool: pg.Pool, now: number): Promise<void> {
  const turn = await pool.connect();
  try {
    await turn.query(`SELECT pg_advisory_lock(hashtext('touchline_log.maintain'))`);
    await maintainAll(pool, now);
  } finally {
    // The lock belongs to the connection; ending that is the one way to give it up that cannot fail.
    turn.release(true);
  }
}

async function maintainAll(pool: pg.Pool, now: number): Promise<void> {
  const { rows } = await pool.query<PartitionRow>(
    `SELECT p.topic_id, p.partition, t.is_compacted, t.retention_ms
     FROM log.partition AS p JOIN log.topic AS t USING (topic_id) ORDER BY p.topic_id, p.partition`,
  );
  for (const row of rows) {
    const cutoff = now - row.retention_ms;
    if (row.is_compacted) await compact(pool, row, cutoff);
    else await retain(pool, row, cutoff);
  }
}

async function retain(pool: pg.Pool, at: PartitionRow, cutoff: number): Promise<void> {
  const { rows } = await pool.query<{ earliest: number }>(
    `UPDATE log.partition AS p SET earliest = kept.first
     FROM (
       SELECT coalesce(
         (SELECT record_offset FROM log.record
          WHERE topic_id = $1 AND partition = $2 AND appended_at >= $3 ORDER BY record_offset LIMIT 1),
         (SELECT next_offset FROM log.partition WHERE topic_id = $1 AND partition = $2)) AS first
     ) AS kept
     WHERE p.topic_id = $1 AND p.partition = $2 AND p.earliest < kept.first
     RETURNING p.earliest`,
    [at.topic_id, at.partition, cutoff],
  );
  const earliest = rows[0]?.earliest;
  if (earliest !== undefined) await removeBelow(pool, at, earliest);
}

async function removeBelow(pool: pg.Pool, at: PartitionRow, earliest: number): Promise<void> {
  for (;;) {
    const { rowCount } = await pool.query(
      `DELETE FROM log.record
       WHERE topic_id = $1 AND partition = $2 AND record_offset < least($3::bigint, (
         SELECT record_offset FROM log.record WHERE topic_id = $1 AND partition = $2
         ORDER BY record_offset LIMIT 1) + $4)`,
      [at.topic_id, at.partition, earliest, CHUNK],
    );
    if ((rowCount ?? 0) === 0) return;
  }
}

/** Superseded records are found from what came since the last compaction; nothing is locked against appends. */
async function compact(pool: pg.Pool, at: PartitionRow, cutoff: number): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ next_offset: number; compacted_to: number }>(
      'SELECT next_offset, compacted_to FROM log.partition WHERE topic_id = $1 AND partition = $2',
      [at.topic_id, at.partition],
    );
    const state = rows[0];
    if (state === undefined) return;
    await client.query(
      `DELETE FROM log.record AS old USING (
         SELECT key, max(record_offset) AS newest FROM log.record
         WHERE topic_id = $1 AND partition = $2 AND record_offset >= $3 AND record_offset < $4 GROUP BY key
       ) AS recent
       WHERE old.topic_id = $1 AND old.partition = $2 AND old.key = recent.key
         AND old.record_offset < recent.newest`,
      [at.topic_id, at.partition, state.compacted_to, state.next_offset],
    );
    await client.query(
      `DELETE FROM log.record WHERE topic_id = $1 AND partition = $2 AND record_offset < $3
         AND value IS NULL AND appended_at < $4`,
      [at.topic_id, at.partition, state.next_offset, cutoff],
    );
    await client.query(
      'UPDATE log.partition SET compacted_to = $3 WHERE topic_id = $1 AND partition = $2',
      [at.topic_id, at.partition, state.next_offset],
    );
  });
}
