/**
 * Last part of a structural change: whose the filings are now. Owners are computed again for the units that changed and for
 * those that hold an identifier whose standing changed; filings of an identifier that moved to another profile move with it.
 */
import { isRemains } from '../../../domain/erasure.js';
import { isConversation } from '../../../domain/evidence.js';
import { groupBy } from '../../../domain/group-by.js';
import { nameBareUnit } from '../../../domain/identifier.js';
import { isWide } from '../../../domain/links.js';
import { ownersOfUnit } from '../../../domain/resolve-from-scratch.js';
import type { FilingRow } from '../../../domain/state.js';
import { loadUnits } from './link-evidence.js';
import type { Site } from '../site.js';
import type { Workspace } from '../workspace.js';

export interface OwnerScope {
  readonly changed: readonly FilingRow[];
  readonly secret: string;
  readonly touchedKeys: Set<number>;
}

export async function assignOwners(site: Site, scope: OwnerScope): Promise<void> {
  const units = await loadAffected(site, scope.changed);
  await assignUnits(site, units, scope);
}

/** As {@link assignOwners}; `units` and the filings of moved identifiers are loaded already. */
export async function assignUnits(
  site: Site,
  units: ReadonlySet<string>,
  scope: Pick<OwnerScope, 'secret' | 'touchedKeys'>,
): Promise<void> {
  const { workspace } = site;
  const byUnit = groupBy(workspace.filings.values(), (filing) => filing.unit);
  const bare: BareFiling[] = [];
  for (const unit of units)
    bare.push(...settleUnit(workspace, byUnit.get(unit) ?? [], scope.secret));
  const rekeyed = new Set(movedNames(workspace));
  for (const row of workspace.filings.values()) {
    if (row.owner === null) continue;
    if (units.has(row.unit) || rekeyed.has(row.owner)) {
      place(workspace, row, workspace.identifier(row.owner).profileKey ?? 0);
    }
  }
  await placeBare(site, bare, scope.touchedKeys);
  await retireBare(site, scope.touchedKeys);
  for (const row of workspace.filings.changed()) countMove(workspace, row);
}

/** Returns the units whose owners have to be computed again. */
async function loadAffected(site: Site, changed: readonly FilingRow[]): Promise<Set<string>> {
  const { transaction, store, workspace } = site;
  const units = new Set(changed.map((filing) => filing.unit));
  const restanding = workspace.identifiers
    .changed()
    .filter((row) => workspace.identifiers.stored(row.name)?.standing !== row.standing)
    .map((row) => row.name);
  if (restanding.length > 0) {
    const holding = await store.filingsHolding(transaction, restanding);
    for (const row of holding) {
      workspace.filings.load(row.filing, row);
      units.add(row.unit);
    }
    await loadUnits(site, holding);
  }
  const moved = movedNames(workspace);
  if (moved.length > 0) {
    const owned = await store.filingsOwnedBy(transaction, moved);
    for (const row of owned) workspace.filings.load(row.filing, row);
  }
  return units;
}

/** Known identifiers that are held by another profile now. */
function movedNames(workspace: Workspace): string[] {
  return workspace.identifiers
    .changed()
    .filter((row) => {
      const before = workspace.identifiers.stored(row.name)?.profileKey;
      return before !== undefined && before !== null && before !== row.profileKey;
    })
    .map((row) => row.name);
}

interface BareFiling {
  readonly filing: string;
  readonly tenant: string;
  readonly profileId: string;
  readonly bareUnit: string;
}

/** Puts owners into the rows; returns the filings of nobody. */
function settleUnit(
  workspace: Workspace,
  rows: readonly FilingRow[],
  secret: string,
): BareFiling[] {
  const [first] = rows;
  if (!first) return [];
  const rules = workspace.rulesOf(first.tenant);
  for (const row of rows) {
    if (row.total === 0 && row.profileKey !== 0 && !isRemains(row.filing))
      workspace.filings.set(row.filing, {
        ...row,
        owner: null,
        anchor: row.unit,
        profileKey: 0,
      });
  }
  const inUse = rows.filter((row) => row.total > 0);
  const remains = rows.filter((row) => isRemains(row.filing));
  const sets = [...inUse, ...remains].map((row) => ({
    filing: row.filing,
    unit: row.unit,
    members: row.names.map((name) => workspace.member(name)),
    span: row.span ?? undefined,
  }));
  const owners = ownersOfUnit(sets, (name) => workspace.standingOf(name), rules);
  const evidence = rows.flatMap((row) => workspace.evidence(row));
  const isApart = isConversation(first.unit) && isWide(evidence, rules);
  const bare: BareFiling[] = [];
  for (const { filing, tenant } of inUse) {
    const row = workspace.filings.get(filing);
    const owner = owners.get(filing) ?? null;
    if (row && row.owner !== owner) {
      const anchor = owner === null ? row.unit : anchorOf(workspace, owner);
      workspace.filings.set(filing, { ...row, owner, anchor });
    }
    if (owner !== null) continue;
    const bareUnit = isApart ? filing : first.unit;
    bare.push({ filing, tenant, bareUnit, profileId: nameBareUnit(secret, tenant, bareUnit) });
  }
  return bare;
}

function anchorOf(workspace: Workspace, owner: string): string {
  const { type, value } = workspace.identifier(owner);
  return `${type}:${value}`;
}

function place(workspace: Workspace, row: FilingRow, profileKey: number): void {
  if (row.profileKey !== profileKey) workspace.filings.set(row.filing, { ...row, profileKey });
}

async function placeBare(
  site: Site,
  bare: readonly BareFiling[],
  touchedKeys: Set<number>,
): Promise<void> {
  if (bare.length === 0) return;
  const { transaction, store, workspace } = site;
  const ids = new Map(bare.map((filing) => [filing.profileId, filing]));
  const keys = new Map<string, number>();
  for (const row of await store.profilesById(transaction, [...ids.keys()])) {
    workspace.profiles.load(row.profileKey, row);
    keys.set(row.profileId, row.profileKey);
    if (!row.isGone) continue;
    workspace.profiles.set(row.profileKey, { ...row, isGone: false });
    touchedKeys.add(row.profileKey);
  }
  const missing = [...ids].filter(([profileId]) => !keys.has(profileId));
  const fresh = missing.length > 0 ? await store.newProfileKeys(transaction, missing.length) : [];
  for (const [index, [profileId, { tenant, bareUnit }]] of missing.entries()) {
    const profileKey = fresh[index] ?? 0;
    keys.set(profileId, profileKey);
    workspace.profiles.set(profileKey, {
      tenant,
      profileKey,
      profileId,
      bareUnit,
      counter: 0,
      isGone: false,
      counts: {},
      surroundings: 'entangled',
      filings: 0,
    });
    touchedKeys.add(profileKey);
  }
  for (const { filing, profileId } of bare) {
    const row = workspace.filings.get(filing);
    if (row) place(workspace, row, keys.get(profileId) ?? 0);
  }
}

/** A bare profile whose filings all found an owner is no more. */
async function retireBare(site: Site, touchedKeys: Set<number>): Promise<void> {
  const { transaction, store, workspace } = site;
  const left = new Set<number>();
  for (const row of workspace.filings.changed()) {
    const before = workspace.filings.stored(row.filing);
    if (before && before.owner === null && before.profileKey !== row.profileKey) {
      left.add(before.profileKey);
    }
  }
  left.delete(0);
  for (const row of workspace.filings.values()) left.delete(row.profileKey);
  if (left.size === 0) return;
  for (const row of await store.profiles(transaction, [...left])) {
    workspace.profiles.load(row.profileKey, row);
  }
  for (const key of left) {
    const row = workspace.profiles.get(key);
    if (row) workspace.profiles.set(key, { ...row, isGone: true });
    touchedKeys.add(key);
  }
}

/** Keeps how many filings each identifier owns. */
function countMove(workspace: Workspace, row: FilingRow): void {
  const before = workspace.filings.stored(row.filing);
  if (before && before.owner === row.owner) return;
  for (const [name, delta] of [
    [before?.owner, -1],
    [row.owner, 1],
  ] as const) {
    const owner = name ? workspace.identifiers.get(name) : undefined;
    if (owner) workspace.identifiers.set(owner.name, { ...owner, filings: owner.filings + delta });
  }
}
