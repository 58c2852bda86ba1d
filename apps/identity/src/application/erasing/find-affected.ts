/**
 * What a part of an erasure reaches: the interactions that it erases, and those that carry one of its identifiers and were
 * received before it. Found by the filings that the part names and by those that hold its identifiers (or ghosts that a later
 * erasure made of them, when this one comes after that one).
 */
import { ghostOf, livingNameOf } from '#contracts';
import type { ErasureRequested, NameOf } from '#contracts';
import { Erased } from '../../domain/erasure.js';
import { renameFiling } from '../../domain/evidence.js';
import { groupBy } from '../../domain/group-by.js';
import type { Member } from '../../domain/links.js';
import { addTo, draftOf, removeFrom } from '../../domain/plan-filings.js';
import type { FilingDraft } from '../../domain/plan-filings.js';
import type { FilingRow, WinnerRow } from '../../domain/state.js';
import { unseen } from '../resolving/restructure.js';
import { loadIdentifiers } from '../resolving/restructuring/link-evidence.js';
import type { Site } from '../resolving/site.js';
import type { ErasureStore, KnownErasure, Refiled } from './ports.js';

interface Carrier {
  readonly source: string | null;
  readonly id: string | null;
}

export interface Affected {
  readonly erased: readonly WinnerRow[];
  readonly refiled: readonly Refiled[];
  readonly drafts: ReadonlyMap<string, FilingDraft>;
  readonly namesOf: (filing: string) => readonly string[];
  readonly withTraits: ReadonlySet<string>;
  /** In what one interaction carries: the name of an identifier → that of its ghost. */
  readonly rename: (carrier: Carrier, name: string) => string;
  /** Identifiers that may be carried by nothing now. */
  readonly livingNames: readonly string[];
}

export interface Tools {
  readonly erasures: ErasureStore;
  readonly nameOf: NameOf;
  readonly hashOf: (winner: WinnerRow) => string;
}

export async function findAffected(
  site: Site,
  requested: ErasureRequested,
  { erasures, nameOf, hashOf }: Tools,
): Promise<Affected> {
  const { transaction, workspace } = site;
  const names = requested.identifiers.map(({ name }) => name);
  const known = await erasures.known(transaction, { interactions: [], names });
  const named = await erasures.haunted(transaction, requested.interactions);
  const haunted = named.length > 0 ? await site.store.winners(transaction, named) : [];
  const filings = [...requested.filings, ...haunted.map(({ filing }) => filing)];
  const rows = await loadFilings(site, { ...requested, filings }, { known, nameOf });
  const winners = await erasures.winnersIn(transaction, [...rows.keys()]);
  const hashes = new Map(winners.map((winner) => [winner, hashOf(winner)]));
  // Also what an erasure meant that came before this one and could not find it.
  const asked = { interactions: [...hashes.values()], names: [] };
  const gone = new Erased(await erasures.known(transaction, asked));
  const erased = winners.filter((winner) => gone.holds(hashes.get(winner) ?? ''));
  const left = winners.filter((winner) => !gone.holds(hashes.get(winner) ?? ''));
  const moves = readAgain(site, left, { rows, erased: new Erased(known), nameOf });
  await erasures.keepHaunted(
    transaction,
    moves.map(({ winner: { tenant, source, id }, winner }) => {
      return { tenant, source, id, hash: hashes.get(winner) ?? '' };
    }),
  );
  await loadTargets(site, moves);
  const drafts = new Map<string, FilingDraft>();
  const withTraits = new Set<string>();
  for (const winner of erased) takeOut(drafts, winner, rows);
  for (const { winner, target } of moves) {
    takeOut(drafts, winner, rows);
    addTo(draftOf(drafts, { ...target, before: workspace.filings.get(target.filing) }), winner);
    if (rows.get(winner.filing)?.hasTraits) withTraits.add(target.filing);
  }
  const targets = new Map(moves.map(({ target }) => [target.filing, target]));
  const ghosts = new Map(moves.map(({ winner, ghosts: of }) => [keyOf(winner), of]));
  return {
    erased,
    refiled: moves.map(refiledBy),
    drafts,
    namesOf: (filing) => targets.get(filing)?.names ?? [],
    withTraits,
    rename: (carrier, name) => ghosts.get(keyOf(carrier))?.get(name) ?? name,
    livingNames: names,
  };
}

function refiledBy({ winner, target, before, members }: Move): Refiled {
  const { tenant, source, id, contentCounter } = winner;
  const ghosts = members.flatMap((member, index) => {
    const was = before[index];
    return was === undefined || was.name === member.name
      ? []
      : [[livingNameOf(was) ?? was.name, member.value] as const];
  });
  return {
    tenant,
    source,
    id,
    filing: target.filing,
    contentCounter: contentCounter + 1,
    ghosts: Object.fromEntries(ghosts),
  };
}

const keyOf = ({ source, id }: Carrier): string => `${source}\u001f${id}`;

/** Interactions that go, and nothing else. */
export async function reachedAgain(
  { transaction, store, workspace }: Site,
  erased: readonly WinnerRow[],
): Promise<Affected> {
  const { filings, profiles } = await store.filings(
    transaction,
    erased.map(({ filing }) => filing),
  );
  for (const row of profiles) workspace.profiles.load(row.profileKey, row);
  for (const row of filings) workspace.filings.load(row.filing, row);
  const rows = new Map(filings.map((row) => [row.filing, row]));
  const drafts = new Map<string, FilingDraft>();
  for (const winner of erased) takeOut(drafts, winner, rows);
  return {
    erased,
    refiled: [],
    drafts,
    namesOf: () => [],
    withTraits: new Set(),
    rename: (_, name) => name,
    livingNames: [...new Set(filings.flatMap((row) => row.names))],
  };
}

function takeOut(
  drafts: Map<string, FilingDraft>,
  winner: WinnerRow,
  rows: ReadonlyMap<string, FilingRow>,
): void {
  const before = rows.get(winner.filing);
  if (before) removeFrom(draftOf(drafts, { ...before, before }), winner);
}

/** Filings that may hold what is reached, with their profiles. */
async function loadFilings(
  site: Site,
  { filings, identifiers }: ErasureRequested,
  { known, nameOf }: { known: readonly KnownErasure[]; nameOf: NameOf },
): Promise<ReadonlyMap<string, FilingRow>> {
  const { transaction, store, workspace } = site;
  const carried = identifiers.flatMap((identifier) => [
    identifier.name,
    ...known.map(({ erasureId }) => nameOf(ghostOf(erasureId, identifier))),
  ]);
  const holding = await store.filingsHolding(transaction, carried);
  const wanted = new Set([...filings, ...holding.map(({ filing }) => filing)]);
  const found = await store.filings(transaction, [...wanted]);
  for (const row of found.profiles) workspace.profiles.load(row.profileKey, row);
  for (const row of found.filings) workspace.filings.load(row.filing, row);
  await loadIdentifiers(
    site,
    found.filings.flatMap((row) => row.names),
  );
  return new Map(found.filings.map((row) => [row.filing, row]));
}

interface Target {
  readonly tenant: string;
  readonly filing: string;
  readonly unit: string;
  readonly names: readonly string[];
}

interface Move {
  readonly winner: WinnerRow;
  readonly target: Target;
  readonly before: readonly Member[];
  /** With ghosts, in the same places. */
  readonly members: readonly Member[];
  /** Name → name of the ghost. */
  readonly ghosts: ReadonlyMap<string, string>;
}

/** Those that carry ghosts now. Filings with the same readings end in the same place. */
function readAgain(
  { workspace }: Site,
  winners: readonly WinnerRow[],
  context: {
    readonly rows: ReadonlyMap<string, FilingRow>;
    readonly erased: Erased;
    readonly nameOf: NameOf;
  },
): readonly Move[] {
  const { rows, erased, nameOf } = context;
  const moves: Move[] = [];
  for (const [filing, ofFiling] of groupBy(winners, (winner) => winner.filing)) {
    const row = rows.get(filing);
    if (!row) continue;
    const before = row.names.map((name) => workspace.member(name));
    for (const winner of ofFiling) {
      const members = before.map((member): Member => {
        const read = erased.read(member, livingNameOf(member) ?? member.name, winner.receivedAt);
        return read === member ? member : { ...read, name: nameOf(read) };
      });
      if (members.every((member, index) => member.name === before[index]?.name)) continue;
      const names = members.map(({ name }) => name);
      const target = { tenant: row.tenant, ...renameFiling(row, members), names };
      const ghosts = new Map(before.map(({ name }, index) => [name, names[index] ?? name]));
      moves.push({ winner, target, before, members, ghosts });
    }
  }
  return moves;
}

/** The filings that they end in, and ghosts that nobody saw before. */
async function loadTargets(site: Site, moves: readonly Move[]): Promise<void> {
  const { transaction, store, workspace } = site;
  if (moves.length === 0) return;
  const { filings, profiles } = await store.filings(
    transaction,
    moves.map(({ target }) => target.filing),
  );
  for (const row of profiles) workspace.profiles.load(row.profileKey, row);
  for (const row of filings) workspace.filings.load(row.filing, row);
  const members = moves.flatMap((move) => move.members);
  await loadIdentifiers(
    site,
    members.map(({ name }) => name),
  );
  const tenant = moves[0]?.target.tenant ?? '';
  for (const member of members) {
    if (workspace.identifiers.has(member.name)) continue;
    workspace.identifiers.set(member.name, unseen(tenant, member));
  }
}
