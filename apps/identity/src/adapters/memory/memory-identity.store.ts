/** The port in memory: for the property tests, which run thousands of histories through the very planner that serves. */
import type { Transaction } from '#storage';
import { cover } from '../../domain/evidence.js';
import type { Span } from '../../domain/evidence.js';
import { interactionKey } from '../../domain/fold-arrivals.js';
import { splitPair } from '../../domain/links.js';
import type { IdentityRules } from '../../domain/rules.js';
import type {
  FilingRow,
  IdentifierRow,
  LinkRow,
  ProfileRow,
  TraitRow,
  WinnerRow,
} from '../../domain/state.js';
import { IdentityStore } from '../../application/ports.js';
import type {
  DecisionRow,
  Filed,
  FilingSpan,
  IntakeChanges,
  InteractionName,
  Neighbourhood,
  Portrait,
  Sitting,
  StoredCall,
  StructureChanges,
  TakenBack,
} from '../../application/ports.js';

export class MemoryIdentityStore extends IdentityStore {
  readonly winnerRows = new Map<string, WinnerRow>();
  readonly filingRows = new Map<string, FilingRow>();
  readonly identifierRows = new Map<string, IdentifierRow>();
  readonly linkRows = new Map<string, LinkRow>();
  readonly profileRows = new Map<number, ProfileRow>();
  readonly callRows = new Map<string, StoredCall>();
  readonly rulesRows = new Map<string, IdentityRules>();
  decisionRows: DecisionRow[] = [];
  traitRows: TraitRow[] = [];
  private lastKey = 0;

  async lock(_: Transaction, __: readonly string[]): Promise<void> {}

  async rules(_: Transaction, tenants: readonly string[]): Promise<Map<string, IdentityRules>> {
    return new Map([...this.rulesRows].filter(([tenant]) => tenants.includes(tenant)));
  }

  async winners(_: Transaction, names: readonly InteractionName[]): Promise<WinnerRow[]> {
    return pick(this.winnerRows, new Set(names.map(interactionKey)));
  }

  async filings(_: Transaction, names: readonly string[]): Promise<Filed> {
    const filings = pick(this.filingRows, names);
    const profiles = pick(this.profileRows, new Set(filings.map((row) => row.profileKey)));
    return { filings, profiles };
  }

  async filingsOfUnits(_: Transaction, units: readonly string[]): Promise<FilingRow[]> {
    return [...this.filingRows.values()].filter((row) => units.includes(row.unit));
  }

  async filingsHolding(_: Transaction, names: readonly string[]): Promise<FilingRow[]> {
    const wanted = new Set(names);
    return [...this.filingRows.values()].filter((row) =>
      row.names.some((name) => wanted.has(name)),
    );
  }

  async filingsOwnedBy(_: Transaction, names: readonly string[]): Promise<FilingRow[]> {
    const wanted = new Set<string | null>(names);
    return [...this.filingRows.values()].filter((row) => wanted.has(row.owner));
  }

  async spans(_: Transaction, filings: readonly string[]): Promise<FilingSpan[]> {
    const spans = new Map<string, Span>();
    for (const row of this.winnerRows.values()) {
      if (row.isWithdrawn || !filings.includes(row.filing)) continue;
      const evidence = { at: row.at, source: row.source, id: row.id };
      spans.set(row.filing, cover(spans.get(row.filing), { first: evidence, last: evidence }));
    }
    return [...spans].map(([filing, span]) => ({ filing, span }));
  }

  async identifiers(_: Transaction, names: readonly string[]): Promise<IdentifierRow[]> {
    return pick(this.identifierRows, names);
  }

  async identifiersHeldBy(_: Transaction, keys: readonly number[]): Promise<IdentifierRow[]> {
    return [...this.identifierRows.values()].filter(
      ({ profileKey }) => profileKey !== null && keys.includes(profileKey),
    );
  }

  async callsAbout(_: Transaction, names: readonly string[]): Promise<StoredCall[]> {
    const wanted = new Set(names);
    return [...this.callRows.values()].filter((call) => wanted.has(call.a) || wanted.has(call.b));
  }

  async links(_: Transaction, pairs: readonly string[]): Promise<LinkRow[]> {
    return pick(this.linkRows, pairs);
  }

  async neighbourhood(_: Transaction, names: readonly string[]): Promise<Neighbourhood> {
    const wanted = new Set(names);
    const links = [...this.linkRows.values()].filter((row) =>
      splitPair(row.pair).some((name) => wanted.has(name)),
    );
    const calls = [...this.callRows.values()].filter(
      (call) => wanted.has(call.a) || wanted.has(call.b),
    );
    const ends = [
      ...links.flatMap((row) => splitPair(row.pair)),
      ...calls.flatMap((c) => [c.a, c.b]),
    ];
    return { links, calls, identifiers: pick(this.identifierRows, new Set([...names, ...ends])) };
  }

  async profiles(_: Transaction, keys: readonly number[]): Promise<ProfileRow[]> {
    return pick(this.profileRows, keys);
  }

  async profilesById(_: Transaction, ids: readonly string[]): Promise<ProfileRow[]> {
    return [...this.profileRows.values()].filter((row) => ids.includes(row.profileId));
  }

  async newProfileKeys(_: Transaction, count: number): Promise<number[]> {
    return Array.from({ length: count }, () => ++this.lastKey);
  }

  async claimants(_: Transaction, filings: readonly string[]): Promise<number[]> {
    const owners = new Set(pick(this.filingRows, filings).map((row) => row.owner));
    const rivals = this.decisionRows
      .filter((row) => row.code === 'shared-identifier' && owners.has(row.subject))
      .flatMap((row) => row.rivals);
    const profiles = await this.profilesById(_, rivals);
    return profiles.filter((row) => !row.isGone).map((row) => row.profileKey);
  }

  async writeIntake(_: Transaction, changes: IntakeChanges): Promise<TakenBack> {
    const gone = new Set(changes.replaced.map(interactionKey));
    const lost = this.traitRows.filter((row) => gone.has(interactionKey(row)));
    const aliases = [...this.callRows.values()].filter(
      ({ tenant, source, id }) =>
        source !== null && id !== null && gone.has(interactionKey({ tenant, source, id })),
    );
    this.traitRows = this.traitRows.filter((row) => !gone.has(interactionKey(row)));
    for (const alias of aliases) this.callRows.delete(alias.callId);
    for (const row of changes.winners) this.winnerRows.set(interactionKey(row), row);
    for (const alias of changes.aliases) this.callRows.set(alias.callId, alias);
    this.traitRows.push(...changes.traits);
    return { filings: lost.map((row) => row.filing), aliases };
  }

  async countFilings(_: Transaction, filings: readonly FilingRow[]): Promise<void> {
    for (const row of filings) this.filingRows.set(row.filing, row);
  }

  async writeStructure(_: Transaction, changes: StructureChanges): Promise<void> {
    for (const row of changes.filings) this.filingRows.set(row.filing, row);
    for (const row of changes.identifiers) this.identifierRows.set(row.name, row);
    for (const row of changes.links) this.linkRows.set(row.pair, row);
    for (const pair of changes.goneLinks) this.linkRows.delete(pair);
    for (const row of changes.profiles) this.profileRows.set(row.profileKey, row);
    const solved = new Set(changes.solved);
    this.decisionRows = this.decisionRows.filter((row) => !solved.has(row.subject));
    this.decisionRows.push(...changes.decisions);
  }

  async portraits(_: Transaction, sittings: readonly Sitting[]): Promise<Portrait[]> {
    return sittings.map(({ profile }) => {
      const filed = new Set<string>();
      for (const row of this.filingRows.values()) {
        if (row.profileKey === profile.profileKey) filed.add(row.filing);
      }
      const identifiers = [...this.identifierRows.values()].filter(
        (row) => row.profileKey === profile.profileKey,
      );
      const traits = this.traitRows.filter((row) => filed.has(row.filing));
      const sharedConsents = this.consentsSharedWith(profile.profileId);
      return { profile, identifiers, traits, sharedConsents };
    });
  }

  private consentsSharedWith(profileId: string): TraitRow[] {
    const shared = this.decisionRows
      .filter((row) => row.code === 'shared-identifier' && row.rivals.includes(profileId))
      .map((row) => row.subject);
    return this.traitRows.filter((row) => {
      const owner = this.filingRows.get(row.filing)?.owner;
      return row.kind === 'consent' && typeof owner === 'string' && shared.includes(owner);
    });
  }
}

function pick<Key, Row>(rows: ReadonlyMap<Key, Row>, keys: Iterable<Key>): Row[] {
  return [...keys].flatMap((key) => rows.get(key) ?? []);
}
