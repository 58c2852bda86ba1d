/**
 * Second half of a structural change: loads the regions that the change can reach, solves them, and puts standings, profile
 * keys and decisions into the workspace.
 */
import { erasureOf } from '#contracts';
import { callsInForce } from '../../../domain/call.js';
import type { Span } from '../../../domain/evidence.js';
import { groupBy } from '../../../domain/group-by.js';
import type { Node } from '../../../domain/identifier.js';
import { pairKey } from '../../../domain/links.js';
import { keepKeys } from '../../../domain/plan-profiles.js';
import { reach } from '../../../domain/region.js';
import type { Region } from '../../../domain/region.js';
import { solve } from '../../../domain/solve.js';
import type { Solution, SolvedProfile } from '../../../domain/solve.js';
import { countTypes, sameCounts } from '../../../domain/plan-joins.js';
import type { IdentifierRow, Surroundings } from '../../../domain/state.js';
import type { DecisionRow } from '../../ports.js';
import type { Site } from '../site.js';
import type { Workspace } from '../workspace.js';

export interface SolvedRegions {
  readonly solved: readonly string[];
  readonly decisions: readonly DecisionRow[];
  /** Keys of profiles whose members, standings or root changed. */
  readonly touchedKeys: Set<number>;
}

export async function solveRegions(
  site: Site,
  starts: ReadonlySet<string>,
): Promise<SolvedRegions> {
  if (starts.size === 0) return { solved: [], decisions: [], touchedKeys: new Set() };
  return takeOver(site, await solveUntilClosed(site, starts));
}

/** Everybody in the workspace at once: it holds all identifiers, links, calls and profiles of its tenants. */
export async function solveEverybody(site: Site): Promise<SolvedRegions> {
  const inside = new Set([...site.workspace.identifiers.values()].map((row) => row.name));
  const region: Region = { missing: [], inside, border: new Set(), fixed: new Set() };
  return takeOver(site, { region, solutions: solveEach(site.workspace, region) });
}

async function takeOver(site: Site, { region, solutions }: Solved): Promise<SolvedRegions> {
  const { workspace } = site;
  const touchedKeys = new Set<number>();
  const decisions: DecisionRow[] = [];
  const profiles: SolvedProfile[] = [];
  for (const [tenant, solution] of solutions) {
    const ours = solution.decisions.filter((decision) => region.inside.has(decision.subject));
    decisions.push(...ours.map((decision) => ({ ...decision, tenant })));
    profiles.push(
      ...solution.profiles.filter(({ root }) => isLivingInside(workspace, region, root)),
    );
    applyStandings(workspace, solution, region.inside);
  }
  await assignKeys(site, profiles, { region, solutions, touchedKeys });
  return { solved: [...region.inside], decisions, touchedKeys };
}

/** Ghosts are held by nobody. */
function isLivingInside(workspace: Workspace, region: Region, root: string): boolean {
  return region.inside.has(root) && erasureOf(workspace.identifier(root)) === undefined;
}

interface Solved {
  readonly region: Region;
  readonly solutions: ReadonlyMap<string, Solution>;
}

/** Widens the region until no border identifier opens. */
async function solveUntilClosed(site: Site, starts: ReadonlySet<string>): Promise<Solved> {
  const opened = new Set<string>();
  for (;;) {
    const region = await loadRegion(site, starts, opened);
    const solutions = solveEach(site.workspace, region);
    let hasOpened = false;
    for (const name of region.border) {
      const { tenant, first } = site.workspace.identifier(name);
      if (first === null || opened.has(name) || solutions.get(tenant)?.cut.has(name)) continue;
      opened.add(name);
      hasOpened = true;
    }
    if (!hasOpened) return { region, solutions };
  }
}

async function loadRegion(
  site: Site,
  starts: ReadonlySet<string>,
  opened: ReadonlySet<string>,
): Promise<Region> {
  const { transaction, store, workspace } = site;
  for (;;) {
    const region = reach(workspace, starts, opened);
    if (region.missing.length === 0) return region;
    const found = await store.neighbourhood(transaction, region.missing);
    workspace.loadNeighbourhood(region.missing, found);
  }
}

function solveEach(workspace: Workspace, region: Region): Map<string, Solution> {
  const seen = [...region.inside, ...region.fixed]
    .map((name) => workspace.identifier(name))
    .filter(isSeen);
  const solutions = new Map<string, Solution>();
  for (const [tenant, nodes] of groupBy(seen, (row) => row.tenant)) {
    solutions.set(tenant, solveTenant(workspace, region, { tenant, nodes }));
  }
  return solutions;
}

function isSeen(row: IdentifierRow): row is IdentifierRow & Node {
  return row.first !== null;
}

function solveTenant(
  workspace: Workspace,
  region: Region,
  part: { readonly tenant: string; readonly nodes: readonly (IdentifierRow & Node)[] },
): Solution {
  const names = new Set(part.nodes.map((node) => node.name));
  const closed = new Map<string, 'hub' | 'shared'>();
  const links = new Map<string, Span>();
  for (const { name, standing } of part.nodes) {
    if (workspace.isHub(name)) closed.set(name, 'hub');
    else if (region.fixed.has(name)) closed.set(name, standing === 'hub' ? 'hub' : 'shared');
    for (const other of region.inside.has(name) ? (workspace.linked(name) ?? []) : []) {
      const pair = pairKey(name, other);
      const link = names.has(other) ? workspace.links.get(pair) : undefined;
      if (link) links.set(pair, link.span);
    }
  }
  const calls = callsInForce([...workspace.allCalls()], (name) => names.has(name));
  const rules = workspace.rulesOf(part.tenant);
  return solve({ nodes: part.nodes, links, calls, closed, rules });
}

function applyStandings(
  workspace: Workspace,
  solution: Solution,
  inside: ReadonlySet<string>,
): void {
  for (const name of inside) {
    const row = workspace.identifier(name);
    const standing = solution.standings.get(name);
    const isCut = solution.cut.has(name);
    if (!standing || (row.standing === standing && row.isCut === isCut)) continue;
    workspace.identifiers.set(name, { ...row, standing, isCut });
  }
}

async function assignKeys(
  site: Site,
  profiles: readonly SolvedProfile[],
  scope: Solved & { readonly touchedKeys: Set<number> },
): Promise<void> {
  const { transaction, store, workspace } = site;
  const { inside } = scope.region;
  forgetUnseen(workspace, inside);
  const groups = profiles.map((profile) =>
    profile.members.map((name) => workspace.identifier(name)),
  );
  const kept = keepKeys(groups);
  const oldKeys = new Set<number>();
  for (const name of inside) {
    const key = workspace.identifiers.stored(name)?.profileKey;
    if (key !== null && key !== undefined) oldKeys.add(key);
  }
  const unread = [...oldKeys].filter((key) => !workspace.profiles.has(key));
  for (const row of unread.length > 0 ? await store.profiles(transaction, unread) : []) {
    workspace.profiles.load(row.profileKey, row);
  }
  const fresh = [...(await newKeys(site, kept.filter((key) => key === undefined).length))];
  for (const [index, profile] of profiles.entries()) {
    const key = kept[index] ?? fresh.shift() ?? 0;
    oldKeys.delete(key);
    putProfile(workspace, profile, { ...scope, key });
  }
  for (const key of oldKeys) {
    const row = workspace.profiles.get(key);
    if (row) workspace.profiles.set(key, { ...row, isGone: true, counts: {} });
    scope.touchedKeys.add(key);
  }
}

async function newKeys({ transaction, store }: Site, count: number): Promise<readonly number[]> {
  return count === 0 ? [] : store.newProfileKeys(transaction, count);
}

/** An identifier whose last evidence went belongs to nobody. */
function forgetUnseen(workspace: Workspace, inside: ReadonlySet<string>): void {
  for (const name of inside) {
    const row = workspace.identifier(name);
    if (row.first !== null || row.standing === null) continue;
    workspace.identifiers.set(name, { ...row, standing: null, isCut: false, profileKey: null });
  }
}

function putProfile(
  workspace: Workspace,
  profile: SolvedProfile,
  place: Solved & { readonly key: number; readonly touchedKeys: Set<number> },
): void {
  const known = workspace.profiles.get(place.key);
  const { tenant } = workspace.identifier(profile.root);
  const { key: profileKey } = place;
  const counts = countTypes(profile.members.map((name) => workspace.identifier(name).type));
  const surroundings = surroundingsOf(workspace, profile, place);
  const isKnown = known?.profileId === profile.root && !known.isGone;
  if (!isKnown) place.touchedKeys.add(place.key);
  const isSame = known?.surroundings === surroundings && sameCounts(known.counts, counts);
  if (!isKnown || !isSame) {
    workspace.profiles.set(place.key, {
      ...(known ?? { tenant, profileKey, bareUnit: null, counter: 0, filings: 0 }),
      profileId: profile.root,
      isGone: false,
      counts,
      surroundings,
    });
  }
  for (const name of profile.members) {
    const member = workspace.identifier(name);
    if (member.profileKey === place.key) continue;
    workspace.identifiers.set(name, { ...member, profileKey: place.key });
  }
}

/** All links of the members are loaded: they are inside the region. */
function surroundingsOf(
  workspace: Workspace,
  profile: SolvedProfile,
  { region, solutions }: Solved,
): Surroundings {
  if (profile.standing !== 'person') return 'entangled';
  const own = new Set(profile.members);
  const closed = solutions.get(workspace.identifier(profile.root).tenant)?.cut;
  let hasBorder = false;
  for (const name of profile.members) {
    if (!isEmpty(workspace.declared(name))) return 'entangled';
    for (const other of workspace.linked(name) ?? []) {
      if (own.has(other) || workspace.isHub(other)) continue;
      if (!closed?.has(other) && !region.fixed.has(other)) return 'entangled';
      hasBorder = true;
    }
  }
  return hasBorder ? 'bordered' : 'plain';
}

function isEmpty(items: Iterable<string>): boolean {
  return [...items].length === 0;
}
