import type { Transaction } from '#storage';
import { Differences } from './differences.js';
import type { ReplayStep, ReplayTask } from './replaying.js';

export type ReplayStatus = 'pending' | 'running' | 'done' | 'failed' | 'stopped';

export interface Replay extends ReplayTask {
  readonly status: ReplayStatus;
  readonly requestedBy: string;
  /** ms */
  readonly requestedAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Begun without an end since the last step that went well. */
  readonly attempts: number;
  readonly done: number;
  /** Not counted before the first step. */
  readonly total: number | undefined;
  readonly differences: Differences;
  readonly failure: string | undefined;
}

export type ReplayWish = Pick<Replay, 'tenant' | 'isDryRun' | 'requestedBy' | 'requestedAt'> &
  Partial<Pick<Replay, 'ref'>>;

/** Those that ended and are older go when another is asked for. */
export const KEPT_MAX = 100;

const UNDER_WAY = `status IN ('pending', 'running')`;
/** Whoever holds it takes a step: of all processes of a service at most one does. */
const HOLD = `pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' replay', 0))`;

/** The table `replay` of a service's schema. */
export class ReplayBook {
  /**
   * Undefined: one of the tenant waits already, and does so until the end of the transaction. One that runs stays, and this one
   * comes after it.
   */
  async request(transaction: Transaction, wish: ReplayWish): Promise<Replay | undefined> {
    const { tenant, isDryRun, requestedBy, requestedAt, ref } = wish;
    const rows = await transaction.query<ReplayRow & { is_new: boolean }>(
      `INSERT INTO replay AS r (tenant, status, is_dry_run, requested_by, requested_at, advanced_at, differences, ref)
       VALUES ($1, 'pending', $2, $3, $4, $4, $5, $6)
       ON CONFLICT (tenant, status, is_dry_run) WHERE ${UNDER_WAY} DO UPDATE SET ref = coalesce(excluded.ref, r.ref)
       RETURNING *, xmax = 0 AS is_new`,
      [tenant, isDryRun, requestedBy, requestedAt, textOf(new Differences()), ref ?? null],
    );
    await transaction.query(
      `DELETE FROM replay WHERE tenant = $1 AND NOT ${UNDER_WAY} AND id IN (
         SELECT id FROM replay WHERE tenant = $1 ORDER BY requested_at DESC, id DESC OFFSET $2)`,
      [tenant, KEPT_MAX],
    );
    return rows.filter((row) => row.is_new).map(replayOf)[0];
  }

  /** Newest first. */
  async list(transaction: Transaction, tenant: string): Promise<Replay[]> {
    const rows = await transaction.query<ReplayRow>(
      'SELECT * FROM replay WHERE tenant = $1 ORDER BY requested_at DESC, id DESC LIMIT $2',
      [tenant, KEPT_MAX],
    );
    return rows.map(replayOf);
  }

  async find(transaction: Transaction, tenant: string, id: string): Promise<Replay | undefined> {
    const rows = await transaction.query<ReplayRow>(
      'SELECT * FROM replay WHERE tenant = $1 AND id = $2',
      [tenant, id],
    );
    return rows.map(replayOf)[0];
  }

  async isUnderWay(transaction: Transaction, tenant: string): Promise<boolean> {
    const rows = await transaction.query(
      `SELECT FROM replay WHERE tenant = $1 AND ${UNDER_WAY} LIMIT 1`,
      [tenant],
    );
    return rows.length > 0;
  }

  /** Tenants whose newest replay was given up and asked for by nobody since. A dry run changes nothing: it counts for nothing. */
  async countFailed(transaction: Transaction): Promise<number> {
    const [row] = await transaction.query<{ failed: number }>(
      `SELECT count(*)::int AS failed
         FROM (SELECT DISTINCT ON (tenant) status FROM replay WHERE NOT is_dry_run
                ORDER BY tenant, requested_at DESC, id DESC) newest
        WHERE status = 'failed'`,
    );
    return row?.failed ?? 0;
  }

  /** The one that has waited longest for a step; undefined: there is none, or another process takes one now. */
  async take(transaction: Transaction, now: number): Promise<Replay | undefined> {
    if (!(await this.hold(transaction))) return undefined;
    const rows = await transaction.query<ReplayRow>(
      `UPDATE replay SET status = 'running', started_at = coalesce(started_at, $1), attempts = attempts + 1
        WHERE id = (SELECT r.id FROM replay r
                     WHERE r.status = 'running'
                        OR r.status = 'pending' AND NOT EXISTS (
                             SELECT FROM replay o WHERE o.tenant = r.tenant AND o.status = 'running')
                     ORDER BY r.advanced_at, r.id LIMIT 1)
          AND ${UNDER_WAY}
        RETURNING *`,
      [now],
    );
    return rows.map(replayOf)[0];
  }

  /** Held to the end of the transaction; undefined: it does not run any more, or another process has it. */
  async enter(transaction: Transaction, { id }: ReplayTask): Promise<Replay | undefined> {
    if (!(await this.hold(transaction))) return undefined;
    const rows = await transaction.query<ReplayRow>(
      `SELECT * FROM replay WHERE id = $1 AND status = 'running' FOR UPDATE`,
      [id],
    );
    return rows.map(replayOf)[0];
  }

  async advance(
    transaction: Transaction,
    { id, total, differences }: Replay,
    { position, done, isFinished, ...step }: ReplayStep & { readonly now: number },
  ): Promise<void> {
    differences.merge(step.differences);
    await transaction.query(
      `UPDATE replay SET position = $2, done = done + $3, total = $4, differences = $5, attempts = 0, failure = NULL,
              status = CASE WHEN $6 THEN 'done' ELSE status END, ended_at = CASE WHEN $6 THEN $7::bigint END, advanced_at = $7
        WHERE id = $1`,
      [id, position, done, total, textOf(differences), isFinished, step.now],
    );
  }

  /** Why a step went wrong: it is tried again. */
  async note(transaction: Transaction, { id }: ReplayTask, failure: string): Promise<void> {
    await transaction.query(`UPDATE replay SET failure = $2 WHERE id = $1 AND ${UNDER_WAY}`, [
      id,
      failure,
    ]);
  }

  /** Undefined: it is over. */
  async end(
    transaction: Transaction,
    { id, tenant }: Pick<ReplayTask, 'id' | 'tenant'>,
    { status, now }: { readonly status: 'failed' | 'stopped'; readonly now: number },
  ): Promise<Replay | undefined> {
    const rows = await transaction.query<ReplayRow>(
      `UPDATE replay SET status = $3, ended_at = $4 WHERE id = $1 AND tenant = $2 AND ${UNDER_WAY} RETURNING *`,
      [id, tenant, status, now],
    );
    return rows.map(replayOf)[0];
  }

  private async hold(transaction: Transaction): Promise<boolean> {
    const [row] = await transaction.query<{ held: boolean }>(`SELECT ${HOLD} AS held`);
    return row?.held === true;
  }
}

interface ReplayRow {
  readonly id: string;
  readonly tenant: string;
  readonly status: ReplayStatus;
  readonly is_dry_run: boolean;
  readonly requested_by: string;
  readonly requested_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly attempts: number;
  readonly ref: string | null;
  readonly position: string;
  readonly done: number;
  readonly total: number | null;
  readonly differences: string;
  readonly failure: string | null;
}

function replayOf(row: ReplayRow): Replay {
  return {
    id: row.id,
    ref: row.ref ?? row.id,
    tenant: row.tenant,
    status: row.status,
    isDryRun: row.is_dry_run,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    attempts: row.attempts,
    position: row.position,
    done: row.done,
    total: row.total ?? undefined,
    differences: Differences.read(row.differences),
    failure: row.failure ?? undefined,
  };
}

const textOf = (differences: Differences): string => JSON.stringify(differences.told());
