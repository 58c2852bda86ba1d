/** The log of calls in memory, beside the store whose solves read the calls that stand. */
import type { Transaction } from '#storage';
import { CallLog, standing } from '../../application/calling/ports.js';
import type { CallPage, DeclaredCall, Statement } from '../../application/calling/ports.js';
import type { MemoryIdentityStore } from './memory-identity.store.js';

export class MemoryCallLog extends CallLog {
  private readonly calls = new Map<string, DeclaredCall>();

  constructor(private readonly store: MemoryIdentityStore) {
    super();
  }

  async declare(_: Transaction, call: DeclaredCall): Promise<void> {
    this.calls.set(call.callId, call);
    this.store.callRows.set(call.callId, standing(call));
  }

  async withdraw(_: Transaction, call: DeclaredCall, withdrawn: Statement): Promise<void> {
    this.calls.set(call.callId, { ...call, withdrawn });
    this.store.callRows.delete(call.callId);
  }

  async ofPair(
    _: Transaction,
    tenant: string,
    [a, b]: readonly [string, string],
  ): Promise<DeclaredCall[]> {
    return this.of(tenant).filter((call) => call.a === a && call.b === b);
  }

  async naming(_: Transaction, names: readonly string[], limit: number): Promise<DeclaredCall[]> {
    const all = [...this.calls.values()];
    return all.filter(({ a, b }) => names.includes(a) || names.includes(b)).slice(-limit);
  }

  async find(_: Transaction, tenant: string, callId: string): Promise<DeclaredCall | undefined> {
    return this.of(tenant).find((call) => call.callId === callId);
  }

  async list(
    _: Transaction,
    tenant: string,
    { limit }: { readonly limit: number },
  ): Promise<CallPage> {
    return { calls: this.of(tenant).reverse().slice(0, limit), next: null };
  }

  private of(tenant: string): DeclaredCall[] {
    return [...this.calls.values()].filter((call) => call.tenant === tenant);
  }
}
