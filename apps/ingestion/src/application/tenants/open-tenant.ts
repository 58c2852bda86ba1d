import { Injectable } from '@nestjs/common';
import { DEFAULT_SETTINGS, type KeyScope } from '#contracts';
import { Clock } from '#kernel';
import { Secret, TenantDirectory } from '#runtime';
import { UnitOfWork } from '#storage';
import { ChangeTenant } from './change-tenant.js';
import { type IssuedKey, makeKey } from './issue-key.js';
import { Tenants } from '../ports.js';

/** The first keys of a tenant, in the clear, by scope. */
export type FirstKeys = Readonly<Partial<Record<KeyScope, string>>>;

type IssuedByScope = Readonly<Partial<Record<KeyScope, IssuedKey>>>;

/** One key a scope, for all sources; the one of the scope `admin` alone when the installation was given it. */
export class FirstKeyMaker {
  constructor(
    private readonly parts: {
      readonly directory: TenantDirectory;
      readonly secret: Secret;
      readonly clock: Clock;
    },
    /** The admin key of one tenant, from who installs. */
    private readonly given?: { readonly tenant: string; readonly adminKey: string | undefined },
  ) {}

  isKnown(tenant: string): boolean {
    return this.parts.directory.tenant(tenant) !== undefined;
  }

  make(tenant: string): IssuedByScope {
    const { secret, clock } = this.parts;
    const one = (scope: KeyScope, given?: string) =>
      makeKey(
        { name: `first ${scope}`, scopes: [scope], sources: [] },
        { pepper: secret.value, now: clock.now(), given },
      );
    const adminKey = this.given?.tenant === tenant ? this.given.adminKey : undefined;
    if (adminKey !== undefined) return { admin: one('admin', adminKey) };
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
      const issued = this.keys.make(tenant);
      const entries = Object.values(issued).map(({ entry }) => entry);
      await this.tenants.addKeys(transaction, tenant, entries);
      first = { write: issued.write?.key, read: issued.read?.key, admin: issued.admin?.key };
      return { ...before, keys: entries };
    });
    return first;
  }
}
