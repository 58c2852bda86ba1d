import { Injectable } from '@nestjs/common';
import type { ApiKeyEntry, KeyScope, TenantSettings } from '#contracts';
import type { Transaction } from '#storage';
import { Tenants, type TenantState } from '../../application/ports.js';

interface TenantRow {
  readonly counter: string | number;
  readonly settings: TenantSettings;
}

interface KeyRow {
  readonly key_id: string;
  readonly name: string;
  readonly hash: string;
  readonly scopes: KeyScope[];
  readonly sources: string[];
  readonly created_at: Date;
}

@Injectable()
export class TenantRepository extends Tenants {
  async create(
    transaction: Transaction,
    tenant: string,
    settings: TenantSettings,
  ): Promise<boolean> {
    const rows = await transaction.query(
      'INSERT INTO tenant (tenant, counter, settings) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING RETURNING tenant',
      [tenant, JSON.stringify(settings)],
    );
    return rows.length === 1;
  }

  async touch(transaction: Transaction, tenant: string): Promise<TenantState | undefined> {
    const [row] = await transaction.query<TenantRow>(
      `WITH touched AS (UPDATE tenant SET counter = counter + 1 WHERE tenant = $1 RETURNING counter, settings)
       SELECT counter, settings FROM touched`,
      [tenant],
    );
    if (row === undefined) return undefined;
    const keys = await transaction.query<KeyRow>(
      `SELECT key_id, name, hash, scopes, sources, created_at FROM api_key
       WHERE tenant = $1 AND revoked_at IS NULL ORDER BY created_at, key_id`,
      [tenant],
    );
    return {
      tenant,
      counter: Number(row.counter),
      settings: row.settings,
      keys: keys.map(toEntry),
    };
  }

  async saveSettings(
    transaction: Transaction,
    tenant: string,
    settings: TenantSettings,
  ): Promise<void> {
    await transaction.query('UPDATE tenant SET settings = $2 WHERE tenant = $1', [
      tenant,
      JSON.stringify(settings),
    ]);
  }

  async addKeys(
    transaction: Transaction,
    tenant: string,
    keys: readonly ApiKeyEntry[],
  ): Promise<void> {
    await transaction.query(
      `INSERT INTO api_key (tenant, key_id, name, hash, scopes, sources, created_at)
       SELECT $1, k->>'keyId', k->>'name', k->>'hash', ARRAY(SELECT jsonb_array_elements_text(k->'scopes')),
         ARRAY(SELECT jsonb_array_elements_text(k->'sources')), (k->>'createdAt')::timestamptz
       FROM jsonb_array_elements($2::jsonb) k`,
      [tenant, JSON.stringify(keys)],
    );
  }

  async revokeKey(transaction: Transaction, tenant: string, keyId: string): Promise<void> {
    await transaction.query(
      'UPDATE api_key SET revoked_at = now() WHERE tenant = $1 AND key_id = $2 AND revoked_at IS NULL',
      [tenant, keyId],
    );
  }
}

function toEntry(row: KeyRow): ApiKeyEntry {
  return {
    keyId: row.key_id,
    name: row.name,
    hash: row.hash,
    scopes: row.scopes,
    sources: row.sources,
    createdAt: row.created_at.toISOString(),
  };
}
