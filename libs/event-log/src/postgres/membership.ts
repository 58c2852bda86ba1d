import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { assign, partitionKey } from './assignment.js';
import type { Member, PartitionId } from './assignment.js';
import { inTransaction } from './database.js';
import type { TopicEntry } from './topic-directory.js';

/**
 * One member of a group, kept by leases (as Kafka's coordinator does by heartbeats). A partition is claimed by one member at a
 * time: a member gives up what it should no longer hold after its running batch, and only then may another claim it. A dead
 * member's claims go with its lease. Claims save double work; the fence is the offset row of the subscriber's transaction.
 */
export interface Standing {
  /** Partitions that this member holds a claim on, after this beat. */
  readonly claimed: readonly PartitionId[];
  /** Those of them that another member should have: to be released once unused. */
  readonly surplus: readonly PartitionId[];
}

export interface MembershipOptions {
  readonly group: string;
  readonly topics: readonly TopicEntry[];
  readonly leaseMs: number;
}

interface MemberRow {
  readonly member_id: string;
  readonly topics: string[];
}

interface ClaimRow {
  readonly topic_id: number;
  readonly partition: number;
  readonly member_id: string;
}

export class Membership {
  readonly memberId = randomUUID();

  constructor(
    private readonly pool: pg.Pool,
    private readonly options: MembershipOptions,
  ) {}

  /** Renews the lease, drops the dead, claims what is free and due to this member. */
  async beat(): Promise<Standing> {
    return inTransaction(this.pool, async (client) => {
      await this.lockGroup(client);
      await this.renew(client);
      const due = await this.due(client);
      const claims = await this.claims(client);
      const free = due.filter((id) => !claims.has(partitionKey(id)));
      await this.claim(client, free);
      const mine = [...claims.values()]
        .filter((row) => row.member_id === this.memberId)
        .map(toPartitionId);
      const dueKeys = new Set(due.map(partitionKey));
      return {
        claimed: [...mine, ...free],
        surplus: mine.filter((id) => !dueKeys.has(partitionKey(id))),
      };
    });
  }

  async release(partitions: readonly PartitionId[]): Promise<void> {
    if (partitions.length === 0) return;
    await inTransaction(this.pool, async (client) => {
      await this.lockGroup(client);
      await client.query(
        `DELETE FROM log.claim WHERE group_name = $1 AND member_id = $2
           AND (topic_id, partition) IN (SELECT * FROM unnest($3::int[], $4::int[]))`,
        [this.options.group, this.memberId, ...columns(partitions)],
      );
      await this.tellGroup(client);
    });
  }

  async leave(): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await this.lockGroup(client);
      await client.query('DELETE FROM log.member WHERE group_name = $1 AND member_id = $2', [
        this.options.group,
        this.memberId,
      ]);
      await this.tellGroup(client);
    });
  }

  private async lockGroup(client: pg.PoolClient): Promise<void> {
    await client.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('touchline_log.group:' || $1, 0))`,
      [this.options.group],
    );
  }

  private async renew(client: pg.PoolClient): Promise<void> {
    const { rows } = await client.query<{ is_new: boolean }>(
      `INSERT INTO log.member (group_name, member_id, topics, lease_until)
       VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
       ON CONFLICT (group_name, member_id) DO UPDATE SET lease_until = excluded.lease_until
       RETURNING xmax = 0 AS is_new`,
      [
        this.options.group,
        this.memberId,
        this.options.topics.map(({ name }) => name),
        this.options.leaseMs,
      ],
    );
    const gone = await client.query(
      'DELETE FROM log.member WHERE group_name = $1 AND lease_until < clock_timestamp()',
      [this.options.group],
    );
    if (rows[0]?.is_new === true || (gone.rowCount ?? 0) > 0) await this.tellGroup(client);
  }

  private async due(client: pg.PoolClient): Promise<readonly PartitionId[]> {
    const { rows } = await client.query<MemberRow>(
      'SELECT member_id, topics FROM log.member WHERE group_name = $1 ORDER BY joined_at, member_id',
      [this.options.group],
    );
    const idByName = new Map(this.options.topics.map(({ name, topicId }) => [name, topicId]));
    const members: Member[] = rows.map((row) => ({
      memberId: row.member_id,
      topicIds: row.topics.flatMap((name) => idByName.get(name) ?? []),
    }));
    const partitions = this.options.topics.flatMap(({ topicId, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topicId, partition })),
    );
    const owners = assign(members, partitions);
    return partitions.filter((id) => owners.get(partitionKey(id)) === this.memberId);
  }

  private async claims(client: pg.PoolClient): Promise<Map<string, ClaimRow>> {
    const { rows } = await client.query<ClaimRow>(
      'SELECT topic_id, partition, member_id FROM log.claim WHERE group_name = $1',
      [this.options.group],
    );
    return new Map(rows.map((row) => [partitionKey(toPartitionId(row)), row]));
  }

  private async claim(client: pg.PoolClient, free: readonly PartitionId[]): Promise<void> {
    if (free.length === 0) return;
    await client.query(
      `INSERT INTO log.claim (group_name, member_id, topic_id, partition)
       SELECT $1, $2, * FROM unnest($3::int[], $4::int[])`,
      [this.options.group, this.memberId, ...columns(free)],
    );
  }

  private async tellGroup(client: pg.PoolClient): Promise<void> {
    await client.query(`SELECT pg_notify('touchline_log', 'group:' || $1)`, [this.options.group]);
  }
}

function columns(partitions: readonly PartitionId[]): [number[], number[]] {
  return [partitions.map(({ topicId }) => topicId), partitions.map(({ partition }) => partition)];
}

function toPartitionId(row: ClaimRow): PartitionId {
  return { topicId: row.topic_id, partition: row.partition };
}

/** Those whose leases run. */
export async function countMembers(pool: pg.Pool, group: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM log.member WHERE group_name = $1 AND lease_until >= clock_timestamp()',
    [group],
  );
  return rows[0]?.count ?? 0;
}
