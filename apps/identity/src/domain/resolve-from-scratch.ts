/**
 * The oracle: interactions, calls and rules → the people, all at once. Naive on purpose: no state, no regions, no fast
 * paths. What the service keeps incrementally must equal this for every history.
 */
import { erasureOf, isPlaceholder, livingNameOf } from '#contracts';
import type { Identifier, Standing } from '#contracts';
import { compareText } from '#kernel';
import { callsInForce } from './call.js';
import type { Call } from './call.js';
import type { Decision } from './decision.js';
import { Erased, filingsOfRemains, isRemains, readSighting } from './erasure.js';
import type { Erasure } from './erasure.js';
import { cover, isConversation, nameFiling, takesPlaceOf } from './evidence.js';
import type { RecordVersion, Span } from './evidence.js';
import { groupBy } from './group-by.js';
import { classify } from './identifier.js';
import type { Node } from './identifier.js';
import { isWide, linksOfUnit, splitPair } from './links.js';
import type { FilingEvidence, Member, UnitNote } from './links.js';
import { ownerOf } from './owner.js';
import type { CompiledRules } from './rules.js';
import { solve } from './solve.js';
import type { SolvedProfile } from './solve.js';

/** What identity sees of an interaction. */
export interface Sighting extends RecordVersion {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly identifiers: readonly Identifier[];
  readonly conversation: string | undefined;
  readonly isWithdrawn: boolean;
  /** When ingestion took it, ms: an erasure reaches what was received before it. */
  readonly receivedAt: number;
}

export interface World {
  /** Of one tenant, in any order, with repeats. */
  readonly sightings: readonly Sighting[];
  readonly calls: readonly Call[];
  readonly rules: CompiledRules;
  readonly nameOf: (identifier: Identifier) => string;
  /** In any order, with repeats. */
  readonly erasures?: readonly Erasure[];
  /** Keyed hash of an interaction; needed when something is erased. */
  readonly hashOf?: (sighting: Sighting) => string;
}

export interface People {
  readonly profiles: readonly SolvedProfile[];
  readonly standings: ReadonlyMap<string, Standing>;
  /** filing → owner; null = the unit is its own. */
  readonly owners: ReadonlyMap<string, string | null>;
  readonly decisions: readonly Decision[];
  readonly notes: ReadonlyMap<string, UnitNote>;
  readonly firstSeen: ReadonlyMap<string, Node>;
  readonly links: ReadonlyMap<string, Span>;
}

export interface FiledSet {
  readonly filing: string;
  readonly unit: string;
  readonly members: readonly Member[];
  span: Span | undefined;
}

export function resolveFromScratch(world: World): People {
  const winners = winnersOf(sightingsLeft(world));
  const filings = fileAll(winners, world);
  return resolveFiled(
    [...filings.values(), ...remainsIn(world)],
    callsIn(world, winners),
    world.rules,
  );
}

/** From filings on, remains of erased ones among them: all that people follow from, beside calls and rules. */
export function resolveFiled(
  filings: readonly FiledSet[],
  declared: readonly Call[],
  rules: CompiledRules,
): People {
  const units = groupBy(filings, (filing) => filing.unit);
  const { links, notes } = linkAll(units, rules);
  const nodes = nodesOf(filings);
  const calls = callsInForce(declared, (name) => nodes.has(name));
  const closed = hubsOf(links, filings, rules);
  const solution = solve({ nodes: [...nodes.values()], links, calls, closed, rules });
  const standingOf = (name: string): Standing | undefined =>
    erasureOf(nodes.get(name) ?? { value: '' }) ? undefined : solution.standings.get(name);
  const owners = new Map<string, string | null>();
  for (const members of units.values()) {
    for (const [filing, owner] of ownersOfUnit(members, standingOf, rules)) {
      owners.set(filing, owner);
    }
  }
  return { ...solution, owners, notes, firstSeen: nodes, links };
}

/** Without what is erased, and with ghosts for what is erased in the rest. */
function sightingsLeft({ sightings, erasures = [], hashOf, nameOf }: World): readonly Sighting[] {
  if (erasures.length === 0) return sightings;
  const erased = new Erased(erasures);
  return sightings
    .filter((sighting) => !hashOf || !erased.holds(hashOf(sighting)))
    .map((sighting) => readSighting(sighting, erased, nameOf));
}

function remainsIn({ erasures = [], nameOf }: World): readonly FiledSet[] {
  const filings = new Map<string, FiledSet>();
  for (const erasure of erasures) {
    for (const filing of filingsOfRemains(erasure, nameOf)) filings.set(filing.filing, filing);
  }
  return [...filings.values()];
}

function callsIn(world: World, winners: readonly Sighting[]): readonly Call[] {
  return [...callsLeft(world), ...winners.flatMap((winner) => aliasesOf(winner, world))];
}

/** A call about two who were erased stands as the later erasure says, which knew of the other. */
export function callsLeft({ calls, erasures = [] }: Pick<World, 'calls' | 'erasures'>): Call[] {
  const ofGhosts = [...erasures].sort((a, b) => a.at - b.at).flatMap((erasure) => erasure.calls);
  return [...new Map([...calls, ...ofGhosts].map((call) => [call.callId, call])).values()];
}

function winnersOf(sightings: readonly Sighting[]): readonly Sighting[] {
  const winners = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const key = `${sighting.source}\u001f${sighting.id}`;
    const current = winners.get(key);
    if (!current || takesPlaceOf(sighting, current)) winners.set(key, sighting);
  }
  return [...winners.values()];
}

function fileAll(winners: readonly Sighting[], world: World): Map<string, FiledSet> {
  const filings = new Map<string, FiledSet>();
  for (const winner of winners) {
    const { usable } = classify(winner.identifiers, world.rules);
    const conversation = usableConversation(winner.conversation);
    const name = nameFiling({ ...winner, conversation, identifiers: usable }, world.rules);
    const members = usable.map((identifier) => ({ ...identifier, name: world.nameOf(identifier) }));
    const filing = filings.get(name.filing) ?? { ...name, members, span: undefined };
    if (!winner.isWithdrawn) {
      const evidence = { at: winner.at, source: winner.source, id: winner.id };
      filing.span = cover(filing.span, { first: evidence, last: evidence });
    }
    filings.set(name.filing, filing);
  }
  return filings;
}

/** A conversation named by a placeholder is none. By those that are shipped: rules come and go, names of conversations stay. */
export function usableConversation(conversation: string | undefined): string | undefined {
  return conversation === undefined || isPlaceholder(conversation) ? undefined : conversation;
}

/**
 * `profile.aliased` declares its identifiers of one type to be one; calls of an interaction go with it. Who is paired with whom
 * goes by the names of the living: an erasure, before it or after it, changes ends of calls, never which there are.
 */
export function aliasesOf(
  sighting: Sighting,
  world: Pick<World, 'rules' | 'nameOf'>,
): readonly Call[] {
  if (sighting.type !== 'profile.aliased' || sighting.isWithdrawn) return [];
  const { usable } = classify(sighting.identifiers, world.rules);
  const calls: Call[] = [];
  for (const ofType of groupBy(usable, (identifier) => identifier.type).values()) {
    const ends = ofType
      .map((one) => ({ name: world.nameOf(one), living: livingNameOf(one) ?? world.nameOf(one) }))
      .sort((one, other) => compareText(one.living, other.living));
    for (const [index, b] of ends.slice(1).entries()) {
      const a = ends[index] ?? b;
      const callId = `alias ${sighting.source} ${sighting.id} ${a.name} ${b.name}`;
      calls.push({ callId, kind: 'alias', a: a.name, b: b.name, at: sighting.at });
    }
  }
  return calls;
}

export function evidenceOf(filings: readonly FiledSet[]): FilingEvidence[] {
  return filings.flatMap(({ filing, members, span }) => (span ? [{ filing, members, span }] : []));
}

function linkAll(
  units: ReadonlyMap<string, readonly FiledSet[]>,
  rules: CompiledRules,
): { readonly links: Map<string, Span>; readonly notes: Map<string, UnitNote> } {
  const links = new Map<string, Span>();
  const notes = new Map<string, UnitNote>();
  for (const [unit, filings] of units) {
    const ofUnit = linksOfUnit(evidenceOf(filings), rules);
    if (ofUnit.note) notes.set(unit, ofUnit.note);
    for (const [pair, span] of ofUnit.links) links.set(pair, cover(links.get(pair), span));
  }
  return { links, notes };
}

function nodesOf(filings: Iterable<FiledSet>): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const { filing, members, span } of filings) {
    if (!span) continue;
    for (const member of members) {
      if (isRemains(filing) && erasureOf(member) === undefined) continue;
      const known = nodes.get(member.name);
      const seen = cover(known ? { first: known.first, last: known.first } : undefined, span);
      nodes.set(member.name, { ...member, first: seen.first });
    }
  }
  return nodes;
}

/** Whether a link to `other` counts towards making an identifier of `type` a hub. */
export function countsForHub(type: string, other: string, rules: CompiledRules): boolean {
  const [own, strength] = [rules.strength(type), rules.strength(other)];
  return strength.level < own.level || strength.perProfile !== Infinity;
}

function hubsOf(
  links: ReadonlyMap<string, Span>,
  filings: readonly FiledSet[],
  rules: CompiledRules,
): Map<string, 'hub'> {
  const members = filings.flatMap((filing) => filing.members);
  const nodes = new Map(members.map((member) => [member.name, member]));
  const counts = new Map<string, number>();
  for (const pair of links.keys()) {
    const [a, b] = splitPair(pair).map((name) => nodes.get(name));
    if (!a || !b) continue;
    if (countsForHub(a.type, b.type, rules)) counts.set(a.name, (counts.get(a.name) ?? 0) + 1);
    if (countsForHub(b.type, a.type, rules)) counts.set(b.name, (counts.get(b.name) ?? 0) + 1);
  }
  const hubs = [...counts].filter(([, count]) => count > rules.rules.hubLimit);
  return new Map(hubs.map(([name]) => [name, 'hub']));
}

export function ownersOfUnit(
  filings: readonly FiledSet[],
  standingOf: (name: string) => Standing | undefined,
  rules: CompiledRules,
): ReadonlyMap<string, string | null> {
  const wide = isConversation(filings[0]?.unit ?? '') && isWide(evidenceOf(filings), rules);
  const rows = filings
    .filter(({ filing }) => !isRemains(filing))
    .map(({ filing, members, span }) => ({ filing, members, first: span?.first ?? null }));
  if (wide) return new Map(rows.map((row) => [row.filing, ownerOf([row], standingOf, rules)]));
  const owner = ownerOf(rows, standingOf, rules);
  return new Map(rows.map((row) => [row.filing, owner]));
}
