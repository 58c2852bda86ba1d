import type { ErasureDone, ErasureRequested } from '#contracts';
import type { Counted, EnteredTenant } from '#erasure';
import type { Transaction } from '#storage';
import {
  isGone,
  reachesFurther,
  type ErasedName,
  type Passing,
  type Refiling,
  type Tombstone,
} from '../../domain/erasure.js';
import { contentName, type Content, type ContentName } from '../../domain/version-choice.js';
import type { ArchivedContent } from '../archived-content.js';
import {
  ErasureStore,
  type ErasedRows,
  type Gone,
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
  /** By keyed name. */
  readonly erased = new Map<string, Passing>();
  readonly counted: Counted[] = [];
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
    for (const each of tombstones) {
      const known = this.erased.get(this.names.interaction(each));
      const { erasureId, until } = each;
      if (!known || reachesFurther(each, known))
        this.erased.set(this.names.interaction(each), { erasureId, until });
    }
    this.refilings = [...this.refilings, ...refilings].filter(
      (each, index, all) =>
        !this.isGone(each) &&
        all.findIndex(
          (other) =>
            contentName(other) === contentName(each) &&
            other.contentRevision === each.contentRevision,
        ) === index,
    );
  }

  private isGone(refiling: Refiling): boolean {
    const known = this.erased.get(this.names.interaction(refiling));
    return known !== undefined && isGone(known, refiling.contentRevision);
  }

  keepNames({ tenant, erasureId, at, identifiers, interactions }: ErasureRequested): void {
    const instant = Date.parse(at);
    this.tenants.set(tenant, Math.max(instant, this.tenants.get(tenant) ?? 0));
    for (const name of interactions) this.erased.set(name, { erasureId, until: undefined });
    this.identifiers.push(
      ...identifiers.map((each) => ({ ...each, tenant, erasureId, at: instant })),
    );
  }

  async about(
    _: Transaction,
    tenants: readonly string[],
    { interactions, contents, identifiers }: NamesAsked,
  ): Promise<KnownErasures> {
    const wanted = new Set(contents.map(contentName));
    return {
      erased: new Map(
        interactions.flatMap((name) => {
          const passing = this.erased.get(name);
          return passing === undefined ? [] : [[name, passing] as const];
        }),
      ),
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

  async settle(_: Transaction, counted: readonly Counted[]): Promise<ErasureDone[]> {
    this.counted.push(...counted.filter(({ count }) => count > 0));
    return [];
  }

  async erase(_: Transaction, gone: readonly Gone[]): Promise<ErasedRows> {
    const isMeant = (row: Content): boolean =>
      gone.some(
        (each) => contentName(each) === contentName(row) && isGone(each, row.contentRevision),
      );
    const versions = [...this.archive.replaced.values()].filter(isMeant);
    await this.removeReplaced(_, versions);
    const interactions = [...this.archive.rows.values()].filter(isMeant);
    for (const row of interactions) this.archive.rows.delete(contentName(row));
    return { interactions, versions };
  }

  async replacedNames(
    _: Transaction,
    { tenant, after, limit }: { tenant: string; after: ContentName | undefined; limit: number },
  ): Promise<ContentName[]> {
    const names = new Map(
      [...this.archive.replaced.values()].map((row) => [contentName(row), row]),
    );
    return [...names]
      .filter(([name, row]) => row.tenant === tenant && (!after || name > contentName(after)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { source, id }]) => ({ tenant, source, id }))
      .slice(0, limit);
  }
}
