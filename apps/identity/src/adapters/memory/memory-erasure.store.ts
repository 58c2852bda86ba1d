/** Erasures in memory, beside the memory store whose rows they take. */
import type { Transaction } from '#storage';
import { interactionKey } from '../../domain/fold-arrivals.js';
import type { FilingRow, WinnerRow } from '../../domain/state.js';
import { ErasureStore } from '../../application/erasing/ports.js';
import type {
  ErasurePart,
  Haunted,
  InCommon,
  KnownErasure,
  Refiled,
} from '../../application/erasing/ports.js';
import type { InteractionName, StoredCall, TakenBack } from '../../application/ports.js';
import type { MemoryIdentityStore } from './memory-identity.store.js';

export class MemoryErasureStore extends ErasureStore {
  private readonly parts = new Map<string, ErasurePart>();

  private readonly calls = new Map<string, number>();
  private readonly hauntedRows = new Map<string, Haunted>();

  constructor(private readonly identity: MemoryIdentityStore) {
    super();
  }

  async lastAt(_: Transaction, tenant: string): Promise<number> {
    const parts = [...this.parts.values()].filter((part) => part.tenant === tenant);
    return parts.reduce((last, { at }) => Math.max(last, at), 0);
  }

  async filingsOf(_: Transaction, profileKey: number, limit: number): Promise<FilingRow[]> {
    return [...this.identity.filingRows.values()]
      .filter((row) => row.profileKey === profileKey && row.total > 0)
      .slice(0, limit);
  }

  async inCommon(
    _: Transaction,
    profileKey: number,
    asked: { readonly names: readonly string[]; readonly units: readonly string[] },
  ): Promise<InCommon> {
    const others = [...this.identity.filingRows.values()].filter(
      (row) => row.profileKey !== profileKey && row.total > 0 && row.span !== null,
    );
    const names = new Set(others.flatMap((row) => row.names));
    const units = new Set(others.map((row) => row.unit));
    return {
      names: asked.names.filter((name) => names.has(name)),
      units: asked.units.filter((unit) => units.has(unit)),
    };
  }

  async carriers(_: Transaction, names: readonly string[], limit: number): Promise<number> {
    return (await this.identity.filingsHolding(_, names)).slice(0, limit).length;
  }

  async aliasesOf(_: Transaction, interactions: readonly InteractionName[]): Promise<StoredCall[]> {
    const keys = new Set(interactions.map(interactionKey));
    return [...this.identity.callRows.values()].filter(
      ({ tenant, source, id }) =>
        source !== null && id !== null && keys.has(interactionKey({ tenant, source, id })),
    );
  }

  /** What was said of calls is kept elsewhere. */
  async forgetSaid(): Promise<number> {
    return 0;
  }

  async keepHaunted(_: Transaction, rows: readonly Haunted[]): Promise<void> {
    for (const row of rows) this.hauntedRows.set(row.hash, row);
  }

  async haunted(_: Transaction, hashes: readonly string[]): Promise<InteractionName[]> {
    return hashes.flatMap((hash) => this.hauntedRows.get(hash) ?? []);
  }

  async tenants(_: Transaction, tenants: readonly string[]): Promise<ReadonlySet<string>> {
    const erasing = new Set([...this.parts.values()].map(({ tenant }) => tenant));
    return new Set(tenants.filter((tenant) => erasing.has(tenant)));
  }

  async erasedTypes(): Promise<string[]> {
    const erased = [...this.parts.values()].flatMap(({ identifiers }) => identifiers);
    return [...new Set(erased.map(({ type }) => type))];
  }

  async known(
    _: Transaction,
    asked: { readonly interactions: readonly string[]; readonly names: readonly string[] },
  ): Promise<KnownErasure[]> {
    return [...this.parts.values()].map(({ erasureId, at, interactions, identifiers }) => ({
      erasureId,
      at,
      interactions: interactions.filter((hash) => asked.interactions.includes(hash)),
      identifiers: identifiers.filter(({ name }) => asked.names.includes(name)),
    }));
  }

  async keep(_: Transaction, part: ErasurePart): Promise<ReadonlySet<string> | undefined> {
    const key = `${part.erasureId} ${part.part}`;
    if (this.parts.has(key)) return undefined;
    this.parts.set(key, part);
    const spoken = part.calls.filter(({ callId }) => (this.calls.get(callId) ?? 0) < part.at);
    for (const { callId } of spoken) this.calls.set(callId, part.at);
    return new Set(spoken.map(({ callId }) => callId));
  }

  async winnersIn(_: Transaction, filings: readonly string[]): Promise<WinnerRow[]> {
    const wanted = new Set(filings);
    return [...this.identity.winnerRows.values()].filter(({ filing }) => wanted.has(filing));
  }

  forget(_: Transaction, interactions: readonly InteractionName[]): Promise<TakenBack> {
    for (const one of interactions) this.identity.winnerRows.delete(interactionKey(one));
    return this.identity.writeIntake(_, {
      winners: [],
      replaced: interactions,
      traits: [],
      aliases: [],
    });
  }

  expire(_: Transaction, interactions: readonly InteractionName[]): Promise<TakenBack> {
    for (const key of interactions.map(interactionKey)) {
      const winner = this.identity.winnerRows.get(key);
      if (!winner) continue;
      const contentCounter = winner.contentCounter + 1;
      this.identity.winnerRows.set(key, { ...winner, filing: '', refused: [], contentCounter });
    }
    return this.identity.writeIntake(_, {
      winners: [],
      replaced: interactions,
      traits: [],
      aliases: [],
    });
  }

  async refile(_: Transaction, rows: readonly Refiled[]): Promise<StoredCall[]> {
    const filingOf = new Map(rows.map((row) => [interactionKey(row), row.filing]));
    for (const row of rows) {
      const { filing, contentCounter } = row;
      const winner = this.identity.winnerRows.get(interactionKey(row));
      if (winner)
        this.identity.winnerRows.set(interactionKey(row), { ...winner, filing, contentCounter });
    }
    this.identity.traitRows = this.identity.traitRows.map((trait) => ({
      ...trait,
      filing: filingOf.get(interactionKey(trait)) ?? trait.filing,
    }));
    return this.aliasesOf(_, rows);
  }

  async replaceCalls(_: Transaction, calls: readonly StoredCall[]): Promise<StoredCall[]> {
    const replaced = calls.flatMap(({ callId }) => this.identity.callRows.get(callId) ?? []);
    for (const call of calls) this.identity.callRows.set(call.callId, call);
    return replaced;
  }

  async forgetUnseen(_: Transaction, names: readonly string[]): Promise<number> {
    const inUse = [...this.identity.filingRows.values()].filter(({ total }) => total > 0);
    const carried = new Set(inUse.flatMap((filing) => filing.names));
    const unseen = names
      .flatMap((name) => this.identity.identifierRows.get(name) ?? [])
      .filter(({ name, first, value }) => first === null && value !== '' && !carried.has(name));
    for (const row of unseen) this.identity.identifierRows.set(row.name, { ...row, value: '' });
    return unseen.length;
  }
}
