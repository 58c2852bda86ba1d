import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { ApiKeyEntry, RateLimits, TenantSettings } from '#contracts';
import { entityManagerOf, type Transaction } from '#storage';
import { Tenants, type TenantState } from '../../application/ports.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { TenantEntity } from './tenant.entity.js';

@Injectable()
export class TenantRepository extends Tenants {
  async create(transaction: Transaction, tenant: string, settings: TenantSettings): Promise<void> {
    await tenantsIn(transaction)
      .createQueryBuilder()
      .insert()
      .values({ tenant, counter: 0, settings: { ...settings } })
      .orIgnore()
      .execute();
  }

  async touch(transaction: Transaction, tenant: string): Promise<TenantState | undefined> {
    await tenantsIn(transaction).increment({ tenant }, 'counter', 1);
    const row = await tenantsIn(transaction).findOneBy({ tenant });
    if (row === null) return undefined;
    const keys = await keysIn(transaction).find({
      where: { tenant, revokedAt: IsNull() },
      order: { createdAt: 'ASC', keyId: 'ASC' },
    });
    return { tenant, counter: row.counter, settings: row.settings, keys: keys.map(toEntry) };
  }

  async saveSettings(
    transaction: Transaction,
    tenant: string,
    settings: TenantSettings,
  ): Promise<void> {
    await tenantsIn(transaction).update({ tenant }, { settings: { ...settings } });
  }

  async addKeys(
    transaction: Transaction,
    tenant: string,
    keys: readonly ApiKeyEntry[],
  ): Promise<void> {
    await keysIn(transaction).insert(
      keys.map(({ scopes, sources, createdAt, limits, ...key }) => ({
        ...key,
        tenant,
        scopes: [...scopes],
        sources: [...sources],
        createdAt: new Date(createdAt),
        limits: limits ?? null,
      })),
    );
  }

  async limitKey(
    transaction: Transaction,
    { tenant, keyId, limits }: { tenant: string; keyId: string; limits: RateLimits },
  ): Promise<void> {
    await keysIn(transaction).update({ tenant, keyId }, { limits: { ...limits } });
  }

  async revokeKey(transaction: Transaction, tenant: string, keyId: string): Promise<void> {
    await keysIn(transaction).update(
      { tenant, keyId, revokedAt: IsNull() },
      { revokedAt: () => 'now()' },
    );
  }
}

const tenantsIn = (transaction: Transaction) =>
  entityManagerOf(transaction).getRepository(TenantEntity);
const keysIn = (transaction: Transaction) =>
  entityManagerOf(transaction).getRepository(ApiKeyEntity);

function toEntry({ createdAt, ...row }: ApiKeyEntity): ApiKeyEntry {
  const { keyId, name, hash, scopes, sources, limits } = row;
  return {
    keyId,
    name,
    hash,
    scopes,
    sources,
    createdAt: createdAt.toISOString(),
    ...(limits && { limits }),
  };
}
