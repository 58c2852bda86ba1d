import type { Transaction } from '#storage';
import { isCurrent, type Folding } from '../domain/checkpoint.js';
import { withSegment, type DerivedFact } from '../domain/derived-fact.js';
import { deriveKeyed, FOLDING, isSequentialKind, keyedFactIds } from '../domain/derive.js';
import { factDifferences, type FactChange } from '../domain/fact-difference.js';
import { profileName, type ProfileState } from '../domain/profile.js';
import type { ThresholdsByTenant } from '../domain/thresholds.js';
import type { Entry } from '../domain/timeline.js';
import { FoldTouched, type FoldCounts, type Folded } from './fold-touched.js';
import { failureAt } from './guard-profile.js';
import type { JourneyStores } from './ports.js';
import type { Touched } from './touched.js';

export interface Derivation {
  readonly changes: readonly FactChange[];
  /** By `profileName`: whom the changed facts belong to. */
  readonly owners: ReadonlyMap<string, ProfileState>;
  /** Grows per fact: the part of a revision. */
  readonly counter: number;
}

/** Read once all locks are held. */
export interface AsOf {
  readonly watermark: number;
  readonly thresholds: ThresholdsByTenant;
}

interface Draft {
  readonly stored: Map<string, DerivedFact>;
  readonly derived: Map<string, DerivedFact>;
}

/** Second half of a batch: derives again what was touched and compares it with what is stored. */
export class DeriveTouched {
  private readonly folds: FoldTouched;

  constructor(
    private readonly stores: JourneyStores,
    private readonly folding: Folding = FOLDING,
  ) {
    this.folds = new FoldTouched(stores);
  }

  /** How folds went so far. */
  get counts(): FoldCounts {
    return this.folds.counts;
  }

  /** Where its timeline stands is what this version of the fold made of it, under these thresholds. */
  isCurrent({ tenant, standing }: ProfileState, { thresholds }: AsOf): boolean {
    if (standing === undefined) return true;
    return isCurrent(foldingUnder(this.folding, thresholds)(tenant), standing);
  }

  /** `asOf`: when it was read already. */
  async execute(transaction: Transaction, touched: Touched, asOf?: AsOf): Promise<Derivation> {
    const { facts } = this.stores;
    const resegmented = await facts.countingFrom(transaction, touched.segments);
    for (const { tenant, id, kind } of resegmented) {
      if (!isSequentialKind(kind))
        touched.fact({ tenant, id }, { cause: 'update', ref: 'segment' });
    }
    for (const { before } of touched.profiles.values()) {
      if (before.quarantine !== undefined) touched.retry(before);
    }
    await facts.lock(transaction, [...touched.facts.values()]);
    const { counter, ...read } = await facts.tick(transaction, touched.tenants());
    const { watermark, thresholds } = asOf ?? read;
    for (const { before } of touched.profiles.values()) {
      if (this.isCurrent(before, { watermark, thresholds })) continue;
      const isFormer = before.standing?.version !== this.folding.version;
      const revision = thresholds.get(before.tenant)?.revision;
      touched.refold(before, isFormer ? `fold/${this.folding.version}` : `settings/${revision}`);
    }
    const foldingOf = foldingUnder(this.folding, thresholds);
    const folded = await this.folds.execute(transaction, touched, { watermark, foldingOf });
    const keyed = await this.deriveKeyedFacts(transaction, touched, watermark);
    const stored = await this.readStored(transaction, touched, folded);
    for (const id of keyed.failed) stored.delete(id);
    const draft = { stored, derived: keyed.derived };
    for (const fact of folded.derived) draft.derived.set(fact.id, fact);
    for (const fact of resegmented) {
      if (!isSequentialKind(fact.kind) || draft.derived.has(fact.id) || draft.stored.has(fact.id))
        continue;
      draft.stored.set(fact.id, fact);
      draft.derived.set(fact.id, fact);
    }
    touched.release();
    const owners = await this.owners(transaction, touched, draft);
    for (const [id, fact] of draft.derived) {
      draft.derived.set(id, withSegment(fact, owners.get(profileName(fact))?.segments ?? []));
    }
    const changes = factDifferences(draft.stored, draft.derived, (fact) =>
      touched.reasonOf(fact, draft.stored.get(fact.id)),
    );
    return { changes, owners, counter };
  }

  private async readStored(
    transaction: Transaction,
    touched: Touched,
    folded: Folded,
  ): Promise<Map<string, DerivedFact>> {
    const { facts } = this.stores;
    const stored = [
      ...(await facts.read(transaction, [...touched.facts.values(), ...folded.storedIds])),
      ...(await facts.openedIn(transaction, folded.stretches)),
    ];
    return new Map(
      stored.filter(({ id }) => !folded.untouched.has(id)).map((fact) => [fact.id, fact]),
    );
  }

  private async deriveKeyedFacts(
    transaction: Transaction,
    touched: Touched,
    watermark: number,
  ): Promise<{ derived: Map<string, DerivedFact>; failed: readonly string[] }> {
    const refs = [...touched.facts.values()];
    const groups = new Map<string, Entry[]>(refs.map(({ id }) => [id, []]));
    for (const entry of await this.stores.archive.entriesOfFacts(transaction, refs)) {
      for (const id of keyedFactIds(entry.interaction)) groups.get(id)?.push(entry);
    }
    const derived = new Map<string, DerivedFact>();
    const failed: string[] = [];
    for (const [id, entries] of groups) {
      try {
        const fact = deriveKeyed(id, entries, watermark);
        if (fact !== undefined) derived.set(id, fact);
      } catch (error) {
        failed.push(id);
        for (const entry of entries) touched.quarantine(entry, failureAt(watermark, error), id);
      }
    }
    return { derived, failed };
  }

  /** Locked profiles as they are after this batch; others that own a fact touched here, as stored. */
  private async owners(
    transaction: Transaction,
    touched: Touched,
    { stored, derived }: Draft,
  ): Promise<Map<string, ProfileState>> {
    const owners = new Map([...touched.profiles].map(([name, { after }]) => [name, after]));
    const foreign = new Map<string, DerivedFact>();
    for (const fact of [...stored.values(), ...derived.values()]) {
      if (!owners.has(profileName(fact))) foreign.set(profileName(fact), fact);
    }
    const read = await this.stores.profiles.read(transaction, [...foreign.values()]);
    for (const profile of read) owners.set(profileName(profile), profile);
    return owners;
  }
}

export function foldingUnder(
  folding: Folding,
  thresholds: ThresholdsByTenant,
): (tenant: string) => Folding {
  const known = new Map(
    [...thresholds].map(([tenant, each]) => [tenant, { ...folding, thresholds: each }]),
  );
  return (tenant) => known.get(tenant) ?? folding;
}
