import { Injectable } from '@nestjs/common';
import { DEFAULT_SETTINGS, type KeyScope } from '#contracts';
import { Clock } from '#kernel';
import { Secret, TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import { ChangeTenant } from './change-tenant.js';
import { makeKey } from './issue-key.js';
import { Tenants } from '../ports.js';

/** The first keys of a tenant, in the clear, by scope. */
export type FirstKeys = Readonly<Record<KeyScope, string>>;

type IssuedByScope = Readonly<Record<KeyScope, ReturnType<typeof makeKey>>>;

/** One key a scope, for all sources. */
@Injectable()
export class FirstKeyMaker {
  constructor(
    private readonly directory: TenantDirectory,
    private readonly secret: Secret,
    private readonly clock: Clock,
  ) {}

  isKnown(tenant: string): boolean {
    return this.directory.tenant(tenant) !== undefined;
  }

  make(): IssuedByScope {
    const one = (scope: KeyScope) =>
      makeKey(
        { name: `first ${scope}`, scopes: [scope], sources: [] },
        this.secret.value,
        this.clock.now(),
      );
    return { write: one('write'), read: one('read'), admin: one('admin') };
  }
}

/**
 * Makes a tenant with its first keys. Every start calls it: a tenant that the log knows stays untouched, and one that has
 * rows but is not in the log yet is published again. Of several processes only the one that made the keys gets them.
 */
@Injectable()
export class OpenTenant {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tenants: Tenants,
    private readonly changeTenant: ChangeTenant,
    private readonly keys: FirstKeyMaker,
  ) {}

  async execute(tenant: string): Promise<FirstKeys | undefined> {
    if (this.keys.isKnown(tenant)) return undefined;
    await this.unitOfWork.run((transaction) =>
      this.tenants.create(transaction, tenant, DEFAULT_SETTINGS),
    );
    let first: FirstKeys | undefined;
    await this.changeTenant.execute(tenant, async (transaction, before) => {
      first = undefined;
      if (before.keys.length > 0) return before;
      const issued = this.keys.make();
      const entries = Object.values(issued).map(({ entry }) => entry);
      await this.tenants.addKeys(transaction, tenant, entries);
      first = { write: issued.write.key, read: issued.read.key, admin: issued.admin.key };
      return { ...before, keys: entries };
    });
    return first;
  }
}
