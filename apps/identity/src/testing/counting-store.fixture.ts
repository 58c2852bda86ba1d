/** The store in memory, counting what a batch asks of it: how often a region was loaded, and how many rows were read. */
import type { Transaction } from '#storage';
import { MemoryIdentityStore } from '../adapters/memory/memory-identity.store.js';
import type { IdentifierRow, ProfileRow } from '../domain/state.js';
import type { Neighbourhood, StructureChanges } from '../application/ports.js';

export class CountingStore extends MemoryIdentityStore {
  /** Batches in which identifiers found their profile without a region being loaded. */
  quickBatches = 0;
  regionLoads = 0;
  rowsRead = 0;
  rowsWritten = 0;
  private hasLoaded = false;

  override async neighbourhood(_: Transaction, names: readonly string[]): Promise<Neighbourhood> {
    const found = await super.neighbourhood(_, names);
    this.hasLoaded = true;
    this.regionLoads += 1;
    this.rowsRead += found.links.length + found.identifiers.length + found.calls.length;
    return found;
  }

  override async identifiers(_: Transaction, names: readonly string[]): Promise<IdentifierRow[]> {
    return this.counted(await super.identifiers(_, names));
  }

  override async identifiersHeldBy(
    _: Transaction,
    keys: readonly number[],
  ): Promise<IdentifierRow[]> {
    return this.counted(await super.identifiersHeldBy(_, keys));
  }

  override async profiles(_: Transaction, keys: readonly number[]): Promise<ProfileRow[]> {
    return this.counted(await super.profiles(_, keys));
  }

  override async writeStructure(_: Transaction, changes: StructureChanges): Promise<void> {
    await super.writeStructure(_, changes);
    const { reason: _reason, moves: _moves, ...written } = changes;
    const rows = Object.values<readonly unknown[]>(written);
    this.rowsWritten += rows.reduce((sum, part) => sum + part.length, 0);
    if (changes.identifiers.length > 0 && !this.hasLoaded) this.quickBatches += 1;
    this.hasLoaded = false;
  }

  private counted<Row>(rows: Row[]): Row[] {
    this.rowsRead += rows.length;
    return rows;
  }
}
