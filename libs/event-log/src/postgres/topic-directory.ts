import { Fault } from '#kernel';
import type pg from 'pg';
import type { TopicToCreate } from '../event-log.js';
import { inTransaction } from './database.js';

export interface TopicEntry {
  readonly topicId: number;
  readonly name: string;
  readonly partitions: number;
}

const FIND = `SELECT topic_id AS "topicId", name, partitions FROM log.topic WHERE name = ANY($1::text[])`;

/** Topics by name. Partitions never change in place, so what was read once stays true. */
export class TopicDirectory {
  private readonly known = new Map<string, TopicEntry>();
  private answered: Promise<unknown> = Promise.resolve();

  constructor(private readonly pool: pg.Pool) {}

  async ensure(topics: readonly TopicToCreate[]): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('touchline_log.topics'))`);
      await client.query(
        `WITH made AS (
           INSERT INTO log.topic (name, partitions, is_compacted, retention_ms)
           SELECT * FROM unnest($1::text[], $2::int[], $3::boolean[], $4::bigint[])
           ON CONFLICT (name) DO NOTHING RETURNING topic_id, partitions
         )
         INSERT INTO log.partition (topic_id, partition)
         SELECT topic_id, generate_series(0, partitions - 1) FROM made`,
        [
          topics.map(({ name }) => name),
          topics.map(({ partitions }) => partitions),
          topics.map(({ isCompacted }) => isCompacted),
          topics.map(({ retentionMs }) => retentionMs),
        ],
      );
    });
  }

  /**
   * Entries in the order of `names`; throws a Fault when one does not exist. Calls are answered in the order in which they
   * came, so that an append that must look a topic up is not overtaken by the next one.
   */
  find(names: readonly string[]): Promise<readonly TopicEntry[]> {
    const answer = this.answered.then(() => this.lookUp(names));
    this.answered = answer.catch(() => undefined);
    return answer;
  }

  private async lookUp(names: readonly string[]): Promise<readonly TopicEntry[]> {
    const missing = names.filter((name) => !this.known.has(name));
    if (missing.length > 0) {
      const { rows } = await this.pool.query<TopicEntry>(FIND, [missing]);
      for (const entry of rows) this.known.set(entry.name, entry);
    }
    return names.map((name) => this.entry(name));
  }

  private entry(name: string): TopicEntry {
    const entry = this.known.get(name);
    if (entry === undefined) {
      throw new Fault('not-found', `the log has no topic ${name}: create it with ensureTopics`);
    }
    return entry;
  }
}
