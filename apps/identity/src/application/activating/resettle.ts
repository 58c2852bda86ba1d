/**
 * Everybody of a tenant again, under other rules. From the filings as they are: links and hub counts by the new rules, one
 * solve over all, owners of all units. Rows end in the workspace; those that are the same stay untouched.
 */
import { cover, sameSpan } from '../../domain/evidence.js';
import type { Span } from '../../domain/evidence.js';
import { groupBy } from '../../domain/group-by.js';
import { linksOfUnit, splitPair } from '../../domain/links.js';
import { countsForHub } from '../../domain/resolve-from-scratch.js';
import { noteChanges } from '../resolving/restructure.js';
import { assignUnits } from '../resolving/restructuring/assign-owners.js';
import { solveEverybody } from '../resolving/restructuring/solve-regions.js';
import type { SolvedRegions } from '../resolving/restructuring/solve-regions.js';
import type { Site } from '../resolving/site.js';
import type { Workspace } from '../resolving/workspace.js';
import type { TenantRows } from './ports.js';

/** The new rules are in the workspace, and nothing else. */
export async function resettle(
  site: Site,
  { tenant, rows, secret }: { tenant: string; rows: TenantRows; secret: string },
): Promise<SolvedRegions> {
  const { workspace } = site;
  load(workspace, rows);
  relink(workspace, tenant);
  const regions = await solveEverybody(site);
  noteChanges(workspace, regions.touchedKeys);
  const units = new Set(rows.filings.map((filing) => filing.unit));
  await assignUnits(site, units, { secret, touchedKeys: regions.touchedKeys });
  return regions;
}

function load(workspace: Workspace, rows: TenantRows): void {
  for (const row of rows.filings) workspace.filings.load(row.filing, row);
  for (const row of rows.profiles) workspace.profiles.load(row.profileKey, row);
  const names = rows.identifiers.map((row) => row.name);
  workspace.loadNeighbourhood(names, rows);
}

function relink(workspace: Workspace, tenant: string): void {
  const rules = workspace.rulesOf(tenant);
  const links = new Map<string, Span>();
  for (const filings of groupBy(workspace.filings.values(), (filing) => filing.unit).values()) {
    const evidence = filings.flatMap((filing) => workspace.evidence(filing));
    for (const [pair, span] of linksOfUnit(evidence, rules).links)
      links.set(pair, cover(links.get(pair), span));
  }
  const known = [...workspace.links.values()].flatMap((link) => (link ? [link.pair] : []));
  for (const pair of known) if (!links.has(pair)) workspace.dropLink(pair);
  const hubLinks = new Map<string, number>();
  for (const [pair, span] of links) {
    if (!sameSpan(workspace.links.get(pair)?.span, span)) workspace.setLink({ tenant, pair, span });
    const [a, b] = splitPair(pair);
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const [one, two] = [workspace.identifier(own), workspace.identifier(other)];
      if (countsForHub(one.type, two.type, rules)) hubLinks.set(own, (hubLinks.get(own) ?? 0) + 1);
    }
  }
  for (const row of workspace.identifiers.values()) {
    const count = hubLinks.get(row.name) ?? 0;
    if (row.hubLinks !== count) workspace.identifiers.set(row.name, { ...row, hubLinks: count });
  }
}
