/**
 * The quick path of a structural change: clusters that only join what joins without a solve (`plan-joins`) are settled from
 * the rows of their profiles, whatever these hold. Returns the names that are left for a solve.
 */
import { erasureOf } from '#contracts';
import { groupBy } from '../../../domain/group-by.js';
import type { Node } from '../../../domain/identifier.js';
import { clustersOf, planJoin, sameCounts } from '../../../domain/plan-joins.js';
import type { Cluster, Join } from '../../../domain/plan-joins.js';
import type { IdentifierRow } from '../../../domain/state.js';
import type { Site } from '../site.js';
import type { Workspace } from '../workspace.js';
import { loadIdentifiers } from './link-evidence.js';
import type { ChangedEvidence } from './link-evidence.js';

/** `declared`: ends of calls that came or went. */
export async function joinPlainly(
  site: Site,
  evidence: ChangedEvidence,
  declared: ReadonlySet<string>,
): Promise<Set<string>> {
  const { workspace } = site;
  const keyOf = (name: string): number | null => workspace.identifier(name).profileKey;
  const isCalm = (name: string): boolean => !declared.has(name) && !evidence.weakened.has(name);
  const clusters = clustersOf(evidence.starts, evidence.links, keyOf);
  const calm = clusters.filter((cluster) => cluster.names.every(isCalm));
  await loadProfilesOf(site, calm);
  const called = await calledNames(site, calm);
  const rest = new Set(evidence.starts);
  const joins: PlannedJoin[] = [];
  for (const cluster of calm) {
    if (cluster.names.some((name) => called.has(name))) continue;
    const join = plan(workspace, cluster);
    if (!join) continue;
    joins.push({ ...join, tenant: workspace.identifier(join.profileId).tenant, cluster });
    for (const name of cluster.names) rest.delete(name);
  }
  await apply(site, joins);
  return rest;
}

interface PlannedJoin extends Join {
  readonly tenant: string;
  readonly cluster: Cluster;
}

function isSeen(row: IdentifierRow): row is IdentifierRow & Node {
  return row.first !== null;
}

/** Their profiles with the roots of these. */
async function loadProfilesOf(site: Site, clusters: readonly Cluster[]): Promise<void> {
  const { transaction, store, workspace } = site;
  const keys = clusters.flatMap((cluster) => cluster.keys);
  const missing = keys.filter((key) => !workspace.profiles.has(key));
  if (missing.length > 0) {
    for (const row of await store.profiles(transaction, missing)) {
      workspace.profiles.load(row.profileKey, row);
    }
  }
  await loadIdentifiers(
    site,
    keys.flatMap((key) => workspace.profiles.get(key)?.profileId ?? []),
  );
}

/** Calls wait for both ends to be seen: those of identifiers seen for the first time may wait no longer. */
async function calledNames(site: Site, clusters: readonly Cluster[]): Promise<Set<string>> {
  const { transaction, store, workspace } = site;
  const unheld = clusters
    .flatMap((cluster) => cluster.names)
    .filter((name) => workspace.identifier(name).profileKey === null);
  const calls = unheld.length > 0 ? await store.callsAbout(transaction, unheld) : [];
  return new Set(calls.flatMap((call) => [call.a, call.b]));
}

function plan(workspace: Workspace, { names, keys }: Cluster): Join | undefined {
  const profiles = keys.flatMap((key) => workspace.profiles.get(key) ?? []);
  const changed = names.map((name) => workspace.identifier(name)).filter(isSeen);
  const roots = profiles.map((profile) => workspace.identifier(profile.profileId)).filter(isSeen);
  const [first] = changed;
  const isHaunted = names.some((name) => mayMeetGhosts(workspace, name));
  const isLoaded = !isHaunted && changed.length === names.length && roots.length === keys.length;
  if (!first || !isLoaded) return undefined;
  const unheld = changed.filter((row) => row.profileKey === null);
  const candidates = [...changed, ...roots];
  return planJoin({ profiles, unheld, candidates }, workspace.rulesOf(first.tenant));
}

/** A ghost, or one that was not seen when it was named: what remains of the erased may have linked it to ghosts. */
function mayMeetGhosts(workspace: Workspace, name: string): boolean {
  const stored = workspace.identifiers.stored(name);
  return erasureOf(workspace.identifier(name)) !== undefined || stored?.first === null;
}

async function apply(site: Site, joins: readonly PlannedJoin[]): Promise<void> {
  const { transaction, store, workspace } = site;
  const missing = joins.filter((join) => join.key === undefined).length;
  const fresh = missing > 0 ? [...(await store.newProfileKeys(transaction, missing))] : [];
  const leaving = joins.flatMap((join) => join.leaving);
  const movers = leaving.length > 0 ? await store.identifiersHeldBy(transaction, leaving) : [];
  for (const row of movers) workspace.identifiers.load(row.name, row);
  const moversOf = groupBy(movers, (row) => row.profileKey ?? 0);
  for (const join of joins) {
    const profileKey = join.key ?? fresh.shift() ?? 0;
    putProfile(workspace, join, profileKey);
    const moved = join.leaving.flatMap((key) => moversOf.get(key) ?? []);
    for (const name of [...moved.map((row) => row.name), ...join.cluster.names]) {
      const row = workspace.identifier(name);
      if (row.profileKey === profileKey) continue;
      workspace.identifiers.set(name, { ...row, standing: 'person', isCut: false, profileKey });
    }
  }
}

function putProfile(workspace: Workspace, join: PlannedJoin, profileKey: number): void {
  const { tenant, profileId, counts, surroundings, leaving } = join;
  const known = workspace.profiles.get(profileKey);
  if (known?.profileId !== profileId || !sameCounts(known.counts, counts)) {
    workspace.profiles.set(profileKey, {
      ...(known ?? { tenant, profileKey, bareUnit: null, counter: 0, isGone: false, filings: 0 }),
      profileId,
      counts,
      surroundings,
    });
  }
  for (const key of leaving) {
    const row = workspace.profiles.get(key);
    if (row) workspace.profiles.set(key, { ...row, isGone: true, counts: {} });
  }
}
