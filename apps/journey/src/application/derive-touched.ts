import type { Transaction } from '#storage';
import { nextDeadline } from '../domain/deadline.js';
import { lastReference, withSegment, type DerivedFact } from '../domain/derived-fact.js';
import { deriveKeyed, foldSequential, keyedFactId } from '../domain/derive.js';
import { factDifferences, type FactChange } from '../domain/fact-difference.js';
import { profileName, type ProfileState } from '../domain/profile.js';
import { comparePositions, inOrder, positionOf, type Entry } from '../domain/timeline.js';
import type { FactRef, JourneyStores } from './ports.js';
import type { Touched } from './touched.js';

export interface Derivation {
  readonly changes: readonly FactChange[];
  /** By `profileName`: whom the changed facts belong to. */
  readonly owners: ReadonlyMap<string, ProfileState>;
  /** Grows per fact: the part of a revision. */
  readonly counter: number;
}

interface Draft {
  readonly stored: Map<string, DerivedFact>;
  readonly derived: Map<string, DerivedFact>;
}

/** Second half of a batch: derives again what was touched and compares it with what is stored. */
export class DeriveTouched {
  constructor(private readonly stores: JourneyStores) {}

  async execute(transaction: Transaction, touched: Touched): Promise<Derivation> {
    const { facts } = this.stores;
    const resegmented = await facts.countingFrom(transaction, touched.segments);
    for (const { tenant, id, kind } of resegmented) {
      if (kind !== 'session') touched.fact({ tenant, id }, { cause: 'update', ref: 'segment' });
    }
    await facts.lock(transaction, [...touched.facts.values()]);
    const { counter, watermark } = await facts.tick(transaction);
    const draft: Draft = { stored: new Map(), derived: new Map() };
    const known = await this.readStored(transaction, touched);
    await this.deriveSessions(transaction, touched, { draft, known, watermark });
    await this.deriveKeyedFacts(transaction, touched, { draft, known, watermark });
    for (const fact of resegmented) {
      if (fact.kind !== 'session' || draft.derived.has(fact.id) || draft.stored.has(fact.id))
        continue;
      draft.stored.set(fact.id, fact);
      draft.derived.set(fact.id, fact);
    }
    const owners = await this.owners(transaction, touched, draft);
    for (const [id, fact] of draft.derived) {
      draft.derived.set(id, withSegment(fact, owners.get(profileName(fact))?.segments ?? []));
    }
    const changes = factDifferences(draft.stored, draft.derived, (fact) =>
      touched.reasonOf(fact, draft.stored.get(fact.id)),
    );
    return { changes, owners, counter };
  }

  /** The keyed facts touched, and the latest session of each profile that grew. */
  private async readStored(
    transaction: Transaction,
    touched: Touched,
  ): Promise<Map<string, DerivedFact>> {
    const refs: FactRef[] = [...touched.facts.values()];
    for (const name of touched.appended.keys()) {
      const profile = touched.profiles.get(name)?.before;
      if (profile?.lastSessionId !== undefined)
        refs.push({ tenant: profile.tenant, id: profile.lastSessionId });
    }
    const stored = await this.stores.facts.read(transaction, refs);
    return new Map(stored.map((fact) => [fact.id, fact]));
  }

  private async deriveSessions(
    transaction: Transaction,
    touched: Touched,
    {
      draft,
      known,
      watermark,
    }: { draft: Draft; known: Map<string, DerivedFact>; watermark: number },
  ): Promise<void> {
    for (const [name, entries] of touched.appended) {
      const profile = touched.profiles.get(name);
      if (profile === undefined || touched.refolds.has(name)) continue;
      const ordered = inOrder(entries);
      const lastId = profile.before.lastSessionId;
      const last = lastId === undefined ? undefined : known.get(lastId);
      if (!continues(last, lastId, ordered)) {
        const first = ordered[0]?.interaction;
        touched.refold(profile.before, { cause: 'late', ref: `${first?.source}/${first?.id}` });
        continue;
      }
      const sessions = foldSequential(last ? { session: last } : {}, ordered, watermark);
      if (last && sessions.some(({ id }) => id === last.id)) draft.stored.set(last.id, last);
      settle(profile, sessions, draft);
    }
    await this.foldAgain(transaction, touched, { draft, watermark });
  }

  private async foldAgain(
    transaction: Transaction,
    touched: Touched,
    { draft, watermark }: { draft: Draft; watermark: number },
  ): Promise<void> {
    const refs = [...touched.refolds.values()];
    const entries = groupByProfile(await this.stores.archive.sequentialEntries(transaction, refs));
    for (const fact of await this.stores.facts.sessionsOf(transaction, refs))
      draft.stored.set(fact.id, fact);
    for (const name of touched.refolds.keys()) {
      const profile = touched.profiles.get(name);
      if (profile === undefined) throw new Error('a profile is locked before it is folded again');
      settle(profile, foldSequential({}, inOrder(entries.get(name) ?? []), watermark), draft);
    }
  }

  private async deriveKeyedFacts(
    transaction: Transaction,
    touched: Touched,
    {
      draft,
      known,
      watermark,
    }: { draft: Draft; known: Map<string, DerivedFact>; watermark: number },
  ): Promise<void> {
    const refs = [...touched.facts.values()];
    const groups = new Map<string, Entry[]>(refs.map(({ id }) => [id, []]));
    for (const entry of await this.stores.archive.entriesOfFacts(transaction, refs)) {
      groups.get(keyedFactId(entry.interaction) ?? '')?.push(entry);
    }
    for (const [id, entries] of groups) {
      const before = known.get(id);
      if (before !== undefined) draft.stored.set(id, before);
      const fact = deriveKeyed(id, entries, watermark);
      if (fact !== undefined) draft.derived.set(id, fact);
    }
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

/** An append: everything new lies after the latest sequential entry. */
function continues(
  last: DerivedFact | undefined,
  lastId: string | undefined,
  ordered: readonly Entry[],
): boolean {
  const [first] = ordered;
  if (first === undefined || lastId === undefined) return true;
  const tail = last && lastReference(last.interactions);
  if (last === undefined || tail === undefined) return false;
  return comparePositions({ ...tail, occurredAt: last.to }, positionOf(first)) < 0;
}

function settle(
  profile: { readonly before: ProfileState; after: ProfileState },
  sessions: readonly DerivedFact[],
  { derived }: Draft,
): void {
  for (const session of sessions) derived.set(session.id, session);
  const due = nextDeadline(sessions);
  const { dueAt } = profile.after;
  profile.after = {
    ...profile.after,
    lastSessionId: sessions.at(-1)?.id,
    // An earlier look than needed is harmless: the sweeper sets the next one. It saves a write an append.
    dueAt: due === undefined || (dueAt !== undefined && dueAt <= due) ? dueAt : due,
  };
}

function groupByProfile(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(profileName(entry)) ?? [];
    group.push(entry);
    groups.set(profileName(entry), group);
  }
  return groups;
}
