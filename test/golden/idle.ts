import { TOPICS } from '#contracts';
import type { EventLog } from '#event-log';
import { Client } from 'pg';

/** Schemas in the order of the pipeline, with the group that reads for each. */
const PIPELINE = [
  ['ingestion', ['interaction.rejected', 'erasure.']],
  ['identity', ['interaction.accepted', 'erasure.']],
  ['journey', ['interaction.identified', 'filing.moved', 'profile.changed', 'erasure.']],
  ['metrics', ['interaction.identified', 'journey.', 'erasure.']],
  // Services tell each other what is done.
  ['identity', ['erasure.']],
] as const;

/**
 * Nothing is on its way: asked in the order of the pipeline, every service has handled all that its topics hold and has
 * nothing left to send. Upstream first, so that a service found idle gets nothing new.
 */
export async function isIdle(databaseUrl: string, log: EventLog): Promise<boolean> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [schema, names] of PIPELINE) {
      const topics = TOPICS.map(({ name }) => name).filter((name) =>
        names.some((part) => name.startsWith(`touchline.${part}`)),
      );
      const ranges = await log.ranges(topics);
      const { rows } = await client.query<{ topic: string; partition: number; next: string }>(
        `SELECT topic, partition, next FROM ${schema}.consumer_offset`,
      );
      const handled = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, +row.next]));
      const isBehind = ranges.some(
        ({ topic, partition, earliest, next }) =>
          next > earliest && (handled.get(`${topic}/${partition}`) ?? 0) < next,
      );
      if (isBehind) return false;
      const { rowCount } = await client.query(`SELECT 1 FROM ${schema}.outbox LIMIT 1`);
      if (rowCount !== 0) return false;
    }
    return true;
  } finally {
    await client.end();
  }
}
