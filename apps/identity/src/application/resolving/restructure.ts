/** A structural change from one end to the other: evidence → links → regions solved → owners. Rows end in the workspace. */
import { nameIdentifier } from '#contracts';
import { compareEvidence } from '../../domain/evidence.js';
import type { Evidence } from '../../domain/evidence.js';
import type { NewWinner } from '../../domain/fold-arrivals.js';
import type { Member } from '../../domain/links.js';
import type { FilingRow, IdentifierRow } from '../../domain/state.js';
import type { StoredCall } from '../ports.js';
import { joinPlainly } from './restructuring/join-plainly.js';
import { loadIdentifiers, linkEvidence } from './restructuring/link-evidence.js';
import { assignOwners } from './restructuring/assign-owners.js';
import { solveRegions } from './restructuring/solve-regions.js';
import type { SolvedRegions } from './restructuring/solve-regions.js';
import type { Site } from './site.js';
import type { Workspace } from './workspace.js';

export interface StructuralChange {
  /** Filings that already carry their new span in the workspace. */
  readonly changed: readonly FilingRow[];
  readonly winners: readonly NewWinner[];
  /** Calls that came or went with this batch. */
  readonly calls: readonly StoredCall[];
  readonly secret: string;
}

export async function restructure(site: Site, change: StructuralChange): Promise<SolvedRegions> {
  const { changed, calls, secret } = change;
  await loadIdentifiers(site, [
    ...changed.flatMap((filing) => filing.names),
    ...calls.flatMap((call) => [call.a, call.b]),
  ]);
  addUnseen(site, change);
  const evidence = await linkEvidence(site, changed);
  const declared = new Set(calls.flatMap((call) => [call.a, call.b]));
  for (const name of declared) {
    if (site.workspace.identifiers.has(name)) evidence.starts.add(name);
  }
  const rest = await joinPlainly(site, evidence, declared);
  const regions = await solveRegions(site, rest);
  noteChanges(site.workspace, regions.touchedKeys);
  await assignOwners(site, { changed, secret, touchedKeys: regions.touchedKeys });
  return regions;
}

/** A profile is told anew when an identifier came or went, or stands or was first seen otherwise than before. */
export function noteChanges(workspace: Workspace, touchedKeys: Set<number>): void {
  for (const now of workspace.identifiers.changed()) {
    const before = workspace.identifiers.stored(now.name);
    const isSame =
      before?.profileKey === now.profileKey &&
      before.standing === now.standing &&
      sameFirst(before.first, now.first);
    if (isSame) continue;
    for (const key of [before?.profileKey, now.profileKey]) {
      if (key !== null && key !== undefined) touchedKeys.add(key);
    }
  }
}

function sameFirst(a: Evidence | null, b: Evidence | null): boolean {
  return a && b ? compareEvidence(a, b) === 0 : a === b;
}

/** Rows for identifiers that nobody saw before; what they are worth follows from the evidence. */
function addUnseen({ workspace }: Site, { winners, changed, secret }: StructuralChange): void {
  const filings = new Set(changed.map((filing) => filing.filing));
  for (const { sighting, usable, filing } of winners) {
    if (!filings.has(filing)) continue;
    const { tenant } = sighting;
    for (const { type, value } of usable) {
      const name = nameIdentifier(secret, tenant, { type, value });
      const known = workspace.identifiers.get(name);
      if (!known) workspace.identifiers.set(name, unseen(tenant, { type, value, name }));
      // Named by what remains of somebody erased, before it was seen.
      else if (known.value === '') workspace.identifiers.set(name, { ...known, value });
    }
  }
}

export function unseen(tenant: string, { type, value, name }: Member): IdentifierRow {
  return {
    tenant,
    name,
    type,
    value,
    first: null,
    hubLinks: 0,
    standing: null,
    isCut: false,
    profileKey: null,
    filings: 0,
  };
}
