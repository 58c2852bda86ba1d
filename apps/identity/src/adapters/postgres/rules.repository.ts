import { Injectable } from '@nestjs/common';
import type { Transaction } from '#storage';
import { RulesBook } from '../../application/activating/ports.js';
import type {
  Activation,
  ActivationRequest,
  ActivationState,
  ActivationStep,
  Failure,
  TenantSize,
} from '../../application/activating/ports.js';
import type { Consequence } from '../../application/calling/consequence.js';
import { DEFAULT_RULES } from '../../domain/rules.js';
import type { IdentityRules } from '../../domain/rules.js';

interface ActivationRecord {
  readonly tenant: string;
  readonly version: number;
  /** JSON texts: body, size, consequence, failure. */
  readonly body: string;
  readonly state: ActivationState;
  readonly step: ActivationStep | null;
  readonly attempts: number;
  readonly reason: string;
  readonly actor: string;
  readonly key_id: string;
  readonly requested_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly size: string | null;
  readonly consequence: string | null;
  readonly failure: string | null;
}

const LAST_VERSION = `
  SELECT greatest((SELECT max(version) FROM rules WHERE tenant = $1),
                  (SELECT max(version) FROM rules_activation WHERE tenant = $1), $2) AS version`;

const REQUEST = `
  INSERT INTO rules_activation (tenant, version, body, state, reason, actor, key_id, requested_at)
  VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING version`;

const UNDER_WAY = `state IN ('pending', 'running')`;

/** The lock first: who gets it sees what the one before committed. */
const TAKE = `SELECT pg_try_advisory_xact_lock(hashtextextended('identity rules ' || $1, 0)) AS taken`;

@Injectable()
export class PostgresRulesBook extends RulesBook {
  async lastVersion(transaction: Transaction, tenant: string): Promise<number> {
    const parameters = [tenant, DEFAULT_RULES.version];
    const [row] = await transaction.query<{ version: number }>(LAST_VERSION, parameters);
    return row?.version ?? DEFAULT_RULES.version;
  }

  async request(transaction: Transaction, request: ActivationRequest): Promise<boolean> {
    const { tenant, version, rules, reason, actor, keyId, requestedAt } = request;
    const parameters = [tenant, version, JSON.stringify(rules), reason, actor, keyId, requestedAt];
    return (await transaction.query(REQUEST, parameters)).length > 0;
  }

  async find(
    transaction: Transaction,
    tenant: string,
    version: number,
  ): Promise<Activation | undefined> {
    const sql = 'SELECT * FROM rules_activation WHERE tenant = $1 AND version = $2';
    const [row] = await transaction.query<ActivationRecord>(sql, [tenant, version]);
    return row && activationIn(row);
  }

  async list(transaction: Transaction, tenant: string, limit: number): Promise<Activation[]> {
    const sql = 'SELECT * FROM rules_activation WHERE tenant = $1 ORDER BY version DESC LIMIT $2';
    return (await transaction.query<ActivationRecord>(sql, [tenant, limit])).map(activationIn);
  }

  async underWay(transaction: Transaction): Promise<Activation[]> {
    const sql = `SELECT * FROM rules_activation WHERE ${UNDER_WAY} ORDER BY requested_at, tenant`;
    return (await transaction.query<ActivationRecord>(sql)).map(activationIn);
  }

  async begin(
    transaction: Transaction,
    { tenant, version }: ActivationRequest,
    nowMs: number,
  ): Promise<void> {
    await transaction.query(
      `UPDATE rules_activation SET state = 'running', step = NULL, attempts = attempts + 1,
         started_at = coalesce(started_at, $3)
       WHERE tenant = $1 AND version = $2 AND ${UNDER_WAY}`,
      [tenant, version, nowMs],
    );
  }

  async take(transaction: Transaction, activation: ActivationRequest): Promise<boolean> {
    const { tenant, version } = activation;
    const [lock] = await transaction.query<{ taken: boolean }>(TAKE, [tenant]);
    if (!lock?.taken) return false;
    const known = await this.find(transaction, tenant, version);
    return known?.state === 'pending' || known?.state === 'running';
  }

  async note(
    transaction: Transaction,
    { tenant, version }: ActivationRequest,
    step: ActivationStep,
  ): Promise<void> {
    await transaction.query(
      `UPDATE rules_activation SET step = $3 WHERE tenant = $1 AND version = $2 AND state = 'running'`,
      [tenant, version, step],
    );
  }

  async bringIntoForce(
    transaction: Transaction,
    { tenant, version, rules }: ActivationRequest,
    result: {
      readonly nowMs: number;
      readonly size: TenantSize;
      readonly consequence: Consequence;
    },
  ): Promise<void> {
    const { nowMs, size, consequence } = result;
    await transaction.query('INSERT INTO rules (tenant, version, body) VALUES ($1, $2, $3)', [
      tenant,
      version,
      JSON.stringify(rules),
    ]);
    await transaction.query(
      `UPDATE rules_activation SET state = 'done', step = NULL, finished_at = $3, size = $4,
         consequence = $5
       WHERE tenant = $1 AND version = $2`,
      [tenant, version, nowMs, JSON.stringify(size), JSON.stringify(consequence)],
    );
  }

  async fail(
    transaction: Transaction,
    { tenant, version }: ActivationRequest,
    { nowMs, failure }: { readonly nowMs: number; readonly failure: Failure },
  ): Promise<void> {
    await transaction.query(
      `UPDATE rules_activation SET state = 'failed', step = NULL, finished_at = $3, failure = $4
       WHERE tenant = $1 AND version = $2 AND ${UNDER_WAY}`,
      [tenant, version, nowMs, JSON.stringify(failure)],
    );
  }
}

function activationIn(row: ActivationRecord): Activation {
  const { tenant, version, state, step, attempts, reason, actor } = row;
  return {
    tenant,
    version,
    state,
    step,
    attempts,
    reason,
    actor,
    rules: JSON.parse(row.body) as IdentityRules,
    keyId: row.key_id,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    size: row.size === null ? null : (JSON.parse(row.size) as TenantSize),
    consequence: row.consequence === null ? null : (JSON.parse(row.consequence) as Consequence),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Failure),
  };
}
