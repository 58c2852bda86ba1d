import { Injectable } from '@nestjs/common';
import type { TenantChanged } from '#contracts';
import { Clock, Fault } from '#kernel';
import { TenantDirectory } from '#runtime';
import { type Transaction, UnitOfWork } from '#storage';
import { type TenantState, Tenants } from '../ports.js';
import { tenantRecord } from './tenant-records.js';

/** What a change makes of the state before it; its rows are written by `work` in the same transaction. */
export type TenantChange = (transaction: Transaction, state: TenantState) => Promise<TenantState>;

/**
 * The one way to change settings or keys: locks the tenant, lets `change` write, publishes the new state through the outbox,
 * and shows it to this process at once.
 */
@Injectable()
export class ChangeTenant {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tenants: Tenants,
    private readonly directory: TenantDirectory,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: string, change: TenantChange): Promise<TenantState> {
    const { state, changed } = await this.unitOfWork.publish(async (transaction) => {
      const before = await this.tenants.touch(transaction, tenant);
      if (before === undefined) throw new Fault('not-found', 'There is no such tenant.');
      const state = await change(transaction, before);
      const changed: TenantChanged = {
        tenant,
        revision: this.unitOfWork.revision(state.counter),
        settings: state.settings,
        keys: state.keys,
      };
      const at = new Date(this.clock.now()).toISOString();
      return { result: { state, changed }, outgoing: [tenantRecord(changed, at)] };
    });
    this.directory.applyTenant(changed);
    return state;
  }
}
