/**
 * First half of a structural change: from filings whose evidence changed to links, first seen and hub counts.
 * Leaves in the workspace what changed and returns the names that a solve must start from.
 */
import { isRemains } from '../../../domain/erasure.js';
import { compareEvidence, cover, isConversation, sameSpan } from '../../../domain/evidence.js';
import type { Span } from '../../../domain/evidence.js';
import { groupBy } from '../../../domain/group-by.js';
import { linksOfUnit, splitPair } from '../../../domain/links.js';
import { collectChanges, noChanges, seenIn } from '../../../domain/plan-links.js';
import type { EvidenceChanges } from '../../../domain/plan-links.js';
import { countsForHub } from '../../../domain/resolve-from-scratch.js';
import type { FilingRow } from '../../../domain/state.js';
import type { Site } from '../site.js';
import type { Workspace } from '../workspace.js';

export interface ChangedEvidence {
  /** Names that something changed for. */
  readonly starts: Set<string>;
  /** Links that came or whose evidence changed, those of lasting hubs left out. */
  readonly links: (readonly [string, string])[];
  /** Names that lost a link, were first seen later than was known, or became or ceased to be a hub. */
  readonly weakened: Set<string>;
}

/** `changed`: filings that already carry their new span in the workspace. */
export async function linkEvidence(
  site: Site,
  changed: readonly FilingRow[],
): Promise<ChangedEvidence> {
  const { workspace } = site;
  await loadUnits(site, changed);
  const changes = noChanges();
  const byUnit = groupBy(workspace.filings.values(), (filing) => filing.unit);
  for (const unit of new Set(changed.map((filing) => filing.unit))) {
    const rows = byUnit.get(unit) ?? [];
    const tenant = rows[0]?.tenant ?? '';
    const before = rows.flatMap((row) => workspace.evidence(workspace.filings.stored(row.filing)));
    const after = rows.flatMap((row) => workspace.evidence(row));
    collectChanges({ before, after }, workspace.rulesOf(tenant), changes);
  }
  await supportWeakened(site, changes);
  const evidence: ChangedEvidence = { starts: new Set(), links: [], weakened: new Set() };
  applySeen(workspace, changes, evidence);
  await applyLinks(site, changes, evidence);
  return evidence;
}

function hasSeveralFilings(unit: string): boolean {
  return isConversation(unit) || isRemains(unit);
}

/** Loads the other filings of their conversations, and all identifiers of what is loaded. */
export async function loadUnits(site: Site, filings: readonly FilingRow[]): Promise<void> {
  const { transaction, store, workspace } = site;
  const units = new Set(filings.map((filing) => filing.unit).filter(hasSeveralFilings));
  const rows = [...filings];
  if (units.size > 0) {
    for (const row of await store.filingsOfUnits(transaction, [...units])) {
      workspace.filings.load(row.filing, row);
      rows.push(row);
    }
  }
  await loadIdentifiers(
    site,
    rows.flatMap((row) => row.names),
  );
}

export async function loadIdentifiers(site: Site, names: Iterable<string>): Promise<void> {
  const { transaction, store, workspace } = site;
  const missing = [...new Set(names)].filter((name) => !workspace.identifiers.has(name));
  if (missing.length === 0) return;
  for (const row of await store.identifiers(transaction, missing)) {
    workspace.identifiers.load(row.name, row);
  }
}

/** Reads everything that still supports weakened links and first sights, and makes it their new evidence. */
async function supportWeakened(site: Site, { links, seen }: EvidenceChanges): Promise<void> {
  if (links.weaker.size === 0 && seen.weaker.size === 0) return;
  const { transaction, store, workspace } = site;
  const names = new Set([...seen.weaker, ...[...links.weaker].flatMap(splitPair)]);
  const holding = await store.filingsHolding(transaction, [...names]);
  for (const row of holding) workspace.filings.load(row.filing, row);
  await loadUnits(site, holding);
  for (const key of links.weaker) links.stronger.delete(key);
  for (const key of seen.weaker) seen.stronger.delete(key);
  for (const rows of groupBy(workspace.filings.values(), (filing) => filing.unit).values()) {
    if (!rows.some((row) => row.names.some((name) => names.has(name)))) continue;
    const evidence = rows.flatMap((row) => workspace.evidence(row));
    const rules = workspace.rulesOf(rows[0]?.tenant ?? '');
    support(links.weaker, linksOfUnit(evidence, rules).links, links.stronger);
    support(seen.weaker, seenIn(evidence), seen.stronger);
  }
}

function support(
  wanted: ReadonlySet<string>,
  found: ReadonlyMap<string, Span>,
  into: Map<string, Span>,
): void {
  for (const [key, span] of found) if (wanted.has(key)) into.set(key, cover(into.get(key), span));
}

function applySeen(
  workspace: Workspace,
  { seen }: EvidenceChanges,
  { starts, weakened }: ChangedEvidence,
): void {
  for (const name of new Set([...seen.stronger.keys(), ...seen.weaker])) {
    const row = workspace.identifier(name);
    const span = seen.stronger.get(name);
    const keeps =
      !seen.weaker.has(name) && row.first ? { first: row.first, last: row.first } : undefined;
    const first = span ? cover(keeps, span).first : null;
    const isSame =
      first && row.first ? compareEvidence(first, row.first) === 0 : first === row.first;
    if (isSame) continue;
    workspace.identifiers.set(name, { ...row, first });
    starts.add(name);
    if (row.first && (!first || compareEvidence(first, row.first) > 0)) weakened.add(name);
  }
}

async function applyLinks(
  site: Site,
  { links }: EvidenceChanges,
  evidence: ChangedEvidence,
): Promise<void> {
  const { transaction, store, workspace } = site;
  const pairs = [...new Set([...links.stronger.keys(), ...links.weaker])];
  if (pairs.length === 0) return;
  for (const row of await store.links(transaction, pairs)) workspace.loadLink(row);
  const touched: string[] = [];
  for (const pair of pairs) {
    const known = workspace.links.get(pair) ?? undefined;
    const span = links.stronger.get(pair);
    const next = span && (links.weaker.has(pair) ? span : cover(known?.span, span));
    if (sameSpan(known?.span, next)) continue;
    const { tenant } = workspace.identifier(splitPair(pair)[0]);
    if (next) workspace.setLink({ tenant, pair, span: next });
    else workspace.dropLink(pair);
    countLink(workspace, pair, Number(next !== undefined) - Number(known !== undefined));
    const isLater = known && next && compareEvidence(known.span.first, next.first) === 0;
    if (!isLater || workspace.rulesOf(tenant).hasLast) touched.push(pair);
  }
  noteLinks(workspace, touched, evidence);
}

/** Once all are counted: only then is it known what is a hub. */
function noteLinks(
  workspace: Workspace,
  pairs: readonly string[],
  { starts, links, weakened }: ChangedEvidence,
): void {
  for (const pair of pairs) {
    const ends = splitPair(pair);
    if (ends.some((name) => workspace.isLastingHub(name))) continue;
    links.push(ends);
    const isGone = workspace.links.get(pair) === null;
    for (const name of ends) {
      starts.add(name);
      if (isGone) weakened.add(name);
    }
  }
  for (const { name } of workspace.identifiers.changed()) {
    const wasHub = workspace.identifiers.stored(name)?.standing === 'hub';
    if (wasHub === workspace.isHub(name)) continue;
    starts.add(name);
    weakened.add(name);
  }
}

function countLink(workspace: Workspace, pair: string, delta: number): void {
  if (delta === 0) return;
  const [a, b] = splitPair(pair).map((name) => workspace.identifier(name));
  if (!a || !b) return;
  const rules = workspace.rulesOf(a.tenant);
  for (const [own, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!countsForHub(own.type, other.type, rules)) continue;
    const row = workspace.identifier(own.name);
    workspace.identifiers.set(own.name, { ...row, hubLinks: row.hubLinks + delta });
  }
}
