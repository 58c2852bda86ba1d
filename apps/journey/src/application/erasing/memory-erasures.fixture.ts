import type { Transaction } from '#storage';
import type { ErasedName, Refiling, Tombstone } from '../../domain/erasure.js';
import { contentName, type Content, type ContentName } from '../../domain/version-choice.js';
import type { ArchivedContent } from '../archived-content.js';
import {
  ErasureStore,
  type EnteredTenant,
  type KnownErasures,
  type Names,
  type NamesAsked,
  type StandingBody,
} from './ports.js';

/** The part of the archive that erasures change. */
export interface ErasableArchive {
  readonly rows: Map<string, StandingBody>;
  readonly replaced: Map<string, ArchivedContent>;
}

export class MemoryErasures extends ErasureStore {
  readonly tenants = new Map<string, number>();
  readonly erased = new Map<string, Tombstone>();
  readonly identifiers: ErasedName[] = [];
  private refilings: Refiling[] = [];

  constructor(
    private readonly archive: ErasableArchive,
    readonly names: Names,
  ) {
    super();
  }

  async enter(_: Transaction, tenants: readonly EnteredTenant[]): Promise<Map<string, number>> {
    return new Map(
      tenants.flatMap(({ tenant }) => {
        const newestAt = this.tenants.get(tenant);
        return newestAt === undefined ? [] : [[tenant, newestAt] as const];
      }),
    );
  }

  async keep(
    _: Transaction,
    { tombstones, refilings }: { tombstones: readonly Tombstone[]; refilings: readonly Refiling[] },
  ): Promise<void> {
    for (const { tenant } of [...tombstones, ...refilings])
      this.tenants.set(tenant, this.tenants.get(tenant) ?? 0);
    for (const each of tombstones) this.erased.set(this.names.interaction(each), each);
    this.refilings = [...this.refilings, ...refilings].filter(
      (each, index, all) =>
        !this.erased.has(this.names.interaction(each)) &&
        all.findIndex(
          (other) =>
            contentName(other) === contentName(each) &&
            other.contentRevision === each.contentRevision,
        ) === index,
    );
  }

  async about(
    _: Transaction,
    tenants: readonly string[],
    { interactions, contents, identifiers }: NamesAsked,
  ): Promise<KnownErasures> {
    const wanted = new Set(contents.map(contentName));
    return {
      erased: new Set(interactions.filter((name) => this.erased.has(name))),
      refilings: this.refilings.filter((each) => wanted.has(contentName(each))),
      names: this.identifiers.filter(
        ({ tenant, name }) => tenants.includes(tenant) && identifiers.includes(name),
      ),
    };
  }

  async standing(_: Transaction, names: readonly ContentName[]): Promise<StandingBody[]> {
    return [...new Set(names.map(contentName))].flatMap((name) => {
      const row = this.archive.rows.get(name);
      if (row === undefined) return [];
      const { tenant, source, id, contentRevision, body } = row;
      return [{ tenant, source, id, contentRevision, body }];
    });
  }

  async replaced(_: Transaction, names: readonly ContentName[]): Promise<ArchivedContent[]> {
    const wanted = new Set(names.map(contentName));
    return [...this.archive.replaced.values()].filter((row) => wanted.has(contentName(row)));
  }

  async removeReplaced(_: Transaction, versions: readonly Content[]): Promise<void> {
    for (const version of versions)
      this.archive.replaced.delete(`${contentName(version)}#${version.contentRevision}`);
  }

  async erase(_: Transaction, names: readonly ContentName[]): Promise<void> {
    for (const row of await this.replaced(_, names)) await this.removeReplaced(_, [row]);
    for (const name of names) this.archive.rows.delete(contentName(name));
  }
}
