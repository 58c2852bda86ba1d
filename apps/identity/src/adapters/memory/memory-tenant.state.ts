/** A tenant of the store in memory, all of it. */
import type { Transaction } from '#storage';
import { TenantState } from '../../application/activating/ports.js';
import type { TenantRows, TenantSize } from '../../application/activating/ports.js';
import type { Carried, StoredReading } from '../../domain/replay-needed.js';
import type { MemoryIdentityStore } from './memory-identity.store.js';

export class MemoryTenantState extends TenantState {
  constructor(private readonly store: MemoryIdentityStore) {
    super();
  }

  async size(transaction: Transaction, tenant: string): Promise<TenantSize> {
    const { filings, identifiers, links } = await this.rows(transaction, tenant);
    return { filings: filings.length, identifiers: identifiers.length, links: links.length };
  }

  async rows(_: Transaction, tenant: string): Promise<TenantRows> {
    const { filingRows, identifierRows, linkRows, profileRows, callRows } = this.store;
    const of = <Row extends { readonly tenant: string }>(rows: ReadonlyMap<unknown, Row>): Row[] =>
      [...rows.values()].filter((row) => row.tenant === tenant);
    return {
      filings: of(filingRows),
      identifiers: of(identifierRows),
      links: of(linkRows),
      profiles: of(profileRows).filter((row) => !row.isGone),
      calls: of(callRows),
      decisions: this.store.decisionRows.filter((row) => row.tenant === tenant),
    };
  }

  async reading(_: Transaction, tenant: string): Promise<StoredReading> {
    const { winnerRows, filingRows, identifierRows } = this.store;
    const filings = [...filingRows.values()].filter((row) => row.tenant === tenant);
    const inUse = filings.filter((row) => row.total > 0 || row.span !== null);
    const winners = [...winnerRows.values()].filter((row) => row.tenant === tenant);
    const conversations = new Map<string, number>();
    for (const { source, filing } of winners) {
      if (filing.startsWith('c:')) conversations.set(source, (conversations.get(source) ?? 0) + 1);
    }
    const carried = ({ names, total }: { names: readonly string[]; total: number }): Carried[] =>
      names.flatMap((name) => {
        const row = identifierRows.get(name);
        return row ? [{ type: row.type, value: row.value, interactions: Math.max(total, 1) }] : [];
      });
    return {
      counting: inUse.flatMap(carried),
      refused: winners.flatMap((row) =>
        row.refused.map(({ type, value }) => ({ type, value, interactions: 1 })),
      ),
      conversations,
    };
  }
}
