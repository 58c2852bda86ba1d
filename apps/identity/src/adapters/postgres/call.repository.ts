import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { CallLog } from '../../application/calling/ports.js';
import type { CallPage, DeclaredCall, Statement } from '../../application/calling/ports.js';

/** One row a declaration, with the newest withdrawal after it: a call that was withdrawn may be declared again. */
const CALLS = `
  SELECT d.*, w.reason AS w_reason, w.actor AS w_actor, w.key_id AS w_key_id, w.at AS w_at,
         w.recorded_at AS w_recorded_at
  FROM (
    SELECT DISTINCT ON (call_id) * FROM call_entry
    WHERE kind <> 'withdraw' AND %WHERE%
    ORDER BY call_id, sequence DESC
  ) AS d
  LEFT JOIN call_entry w ON w.call_id = d.call_id AND w.kind = 'withdraw' AND w.sequence > d.sequence`;

const where = (condition: string): string => CALLS.replace('%WHERE%', condition);

interface EntryRecord {
  readonly sequence: number;
  readonly tenant: string;
  readonly call_id: string;
  readonly kind: DeclaredCall['kind'];
  readonly a: string;
  readonly b: string;
  readonly said_a: string;
  readonly said_b: string;
  readonly reason: string;
  readonly actor: string;
  readonly key_id: string;
  readonly at: number;
  readonly recorded_at: number;
  readonly w_reason: string | null;
  readonly w_actor: string | null;
  readonly w_key_id: string | null;
  readonly w_at: number | null;
  readonly w_recorded_at: number | null;
}

const APPEND = `
  INSERT INTO call_entry (tenant, call_id, kind, a, b, said_a, said_b, reason, actor, key_id, at, recorded_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;

@Injectable()
export class PostgresCallLog extends CallLog {
  async declare(transaction: Transaction, call: DeclaredCall): Promise<void> {
    await transaction.query(APPEND, parametersOf(call, call.kind, call));
    await transaction.query(
      'INSERT INTO call (call_id, tenant, kind, a, b, at) VALUES ($1, $2, $3, $4, $5, $6)',
      [call.callId, call.tenant, call.kind, call.a, call.b, call.at],
    );
  }

  async withdraw(
    transaction: Transaction,
    call: DeclaredCall,
    statement: Statement,
  ): Promise<void> {
    await transaction.query(APPEND, parametersOf(call, 'withdraw', statement));
    await transaction.query('DELETE FROM call WHERE call_id = $1', [call.callId]);
  }

  async ofPair(
    transaction: Transaction,
    tenant: string,
    [a, b]: readonly [string, string],
  ): Promise<DeclaredCall[]> {
    const sql = `${where('tenant = $1 AND a = $2 AND b = $3')} ORDER BY d.at, d.call_id`;
    return (await transaction.query<EntryRecord>(sql, [tenant, a, b])).map(callIn);
  }

  async naming(
    transaction: Transaction,
    names: readonly string[],
    limit: number,
  ): Promise<DeclaredCall[]> {
    const sql = `${where('(a = ANY($1) OR b = ANY($1))')} ORDER BY d.sequence DESC LIMIT $2`;
    return (await transaction.query<EntryRecord>(sql, [names, limit])).map(callIn);
  }

  async find(
    transaction: Transaction,
    tenant: string,
    callId: string,
  ): Promise<DeclaredCall | undefined> {
    const sql = where('tenant = $1 AND call_id = $2');
    const [row] = await transaction.query<EntryRecord>(sql, [tenant, callId]);
    return row && callIn(row);
  }

  async list(
    transaction: Transaction,
    tenant: string,
    { before, limit }: { readonly before: number | null; readonly limit: number },
  ): Promise<CallPage> {
    const sql = `
      SELECT * FROM (${where('tenant = $1')}) AS c
      WHERE $2::bigint IS NULL OR c.sequence < $2 ORDER BY c.sequence DESC LIMIT $3`;
    const rows = await transaction.query<EntryRecord>(sql, [tenant, before, limit + 1]);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return { calls: shown.map(callIn), next: last?.sequence ?? null };
  }
}

function parametersOf(call: DeclaredCall, kind: string, statement: Statement): unknown[] {
  const { tenant, callId, a, b, saidA, saidB } = call;
  const { reason, actor, keyId, at, recordedAt } = statement;
  return [tenant, callId, kind, a, b, saidA, saidB, reason, actor, keyId, at, recordedAt];
}

function callIn(row: EntryRecord): DeclaredCall {
  const { tenant, kind, a, b, reason, actor, at } = row;
  const withdrawn =
    row.w_at === null
      ? null
      : {
          reason: row.w_reason ?? '',
          actor: row.w_actor ?? '',
          keyId: row.w_key_id ?? '',
          at: row.w_at,
          recordedAt: row.w_recorded_at ?? 0,
        };
  return {
    tenant,
    callId: row.call_id,
    kind,
    a,
    b,
    saidA: row.said_a,
    saidB: row.said_b,
    reason,
    actor,
    keyId: row.key_id,
    at,
    recordedAt: row.recorded_at,
    withdrawn,
  };
}
