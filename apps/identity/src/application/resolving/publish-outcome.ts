/** Writes the differences of a batch and says what changed: identified interactions, moved filings, changed profiles. */
import { HEADER, TOPIC, recordKey } from '#contracts';
import type { LogRecord, OutgoingRecord } from '#event-log';
import { stableHash } from '#kernel';
import type { UnitOfWork } from '#storage';
import type { NewWinner } from '../../domain/fold-arrivals.js';
import type { FilingRow } from '../../domain/state.js';
import type { DecisionRow, Portrait, StructureChanges } from '../ports.js';
import { portray, sit } from '../portray.js';
import { movesIn } from './moves.js';
import { newRivals } from './new-rivals.js';
import { filingRecord, profileRecord } from './people-records.js';
import type { Reason } from './people-records.js';
import type { Site } from './site.js';
import type { SolvedRegions } from './restructuring/solve-regions.js';
import type { Workspace } from './workspace.js';

/** A batch has one portion; new rules may change everybody. */
const SITTINGS_AT_ONCE = 5_000;

export interface Outcome {
  readonly winners: readonly NewWinner[];
  readonly records: readonly LogRecord[];
  readonly regions: SolvedRegions;
  readonly touchedKeys: Set<number>;
  /** Filings that got or lost consents. */
  readonly consented: readonly string[];
  readonly unitOfWork: Pick<UnitOfWork, 'revision'>;
  /** What other than evidence changed people. */
  readonly reason?: Reason;
  /** All decisions until now, when everybody was solved: who claims as before is not told again. */
  readonly before?: readonly DecisionRow[];
}

export async function publishOutcome(
  site: Site,
  outcome: Outcome,
): Promise<readonly OutgoingRecord[]> {
  const { workspace, store, transaction } = site;
  await loadProfiles(site, outcome);
  const moved = settleCounters(workspace, outcome.touchedKeys);
  await write(site, outcome);
  const consented = [
    ...outcome.consented,
    ...moved.flatMap(({ filing, hasTraits }) => (hasTraits ? [filing] : [])),
  ];
  await touchClaimants(site, { ...outcome, consented });
  const keys = [...outcome.touchedKeys].sort((a, b) => a - b);
  const sittings = keys
    .flatMap((key) => workspace.profiles.get(key) ?? [])
    .filter((profile) => !profile.isGone)
    .map((profile) => sit(profile, workspace.rulesOf(profile.tenant)));
  const byKey = new Map<number, Portrait>();
  for (let from = 0; from < sittings.length; from += SITTINGS_AT_ONCE) {
    const portion = sittings.slice(from, from + SITTINGS_AT_ONCE);
    for (const portrait of await store.portraits(transaction, portion))
      byKey.set(portrait.profile.profileKey, portrait);
  }
  const { reason } = outcome;
  const { revision } = outcome.unitOfWork;
  const revise = (counter: number): number => revision.call(outcome.unitOfWork, counter);
  return [
    ...keys.flatMap((key) =>
      profileChanged(workspace, { key, portrait: byKey.get(key), revise, reason }),
    ),
    ...moved.map((row) => filingMoved(workspace, row, { revise, reason })),
    ...outcome.winners.flatMap((winner) => identified(workspace, { winner, outcome, revise })),
  ];
}

type Revise = (counter: number) => number;

/** Profiles that are spoken of and not loaded yet. */
async function loadProfiles(site: Site, outcome: Outcome): Promise<void> {
  const { workspace, store, transaction } = site;
  const keys = new Set(outcome.touchedKeys);
  for (const row of workspace.filings.changed()) {
    for (const key of keysOf(workspace, row)) keys.add(key);
  }
  const missing = [...keys].filter((key) => !workspace.profiles.has(key));
  if (missing.length === 0) return;
  for (const row of await store.profiles(transaction, missing)) {
    workspace.profiles.load(row.profileKey, row);
  }
}

/** Of the profile that the filing hangs on, and of the one that it hung on. */
function keysOf(workspace: Workspace, row: FilingRow): number[] {
  const before = workspace.filings.stored(row.filing)?.profileKey ?? 0;
  return [before, row.profileKey].filter((key) => key > 0);
}

/** Counts what will be published; returns the filings that moved. */
function settleCounters(workspace: Workspace, touchedKeys: Set<number>): FilingRow[] {
  const moved: FilingRow[] = [];
  for (const row of workspace.filings.changed()) {
    const from = workspace.filings.stored(row.filing)?.profileKey ?? 0;
    if (from !== row.profileKey) {
      countFiling(workspace, from, -1);
      countFiling(workspace, row.profileKey, 1);
      // Traits go with it: both profiles are told anew, though none of their identifiers changed.
      const told = row.hasTraits ? keysOf(workspace, row) : [];
      told.forEach((key) => touchedKeys.add(key));
    }
    const before = workspace.filings.stored(row.filing);
    if (before && before.owner === row.owner && before.profileKey === row.profileKey) continue;
    const next = { ...row, counter: row.counter + 1 };
    workspace.filings.set(row.filing, next);
    if (before && before.profileKey > 0 && next.profileKey > 0) moved.push(next);
  }
  for (const key of touchedKeys) {
    const row = workspace.profiles.get(key);
    if (row) workspace.profiles.set(key, { ...row, counter: row.counter + 1 });
  }
  return moved;
}

/** Keeps how many filings each profile has. */
function countFiling(workspace: Workspace, key: number, delta: number): void {
  const row = workspace.profiles.get(key);
  if (row) workspace.profiles.set(key, { ...row, filings: row.filings + delta });
}

/**
 * What shared identifiers forbid restricts every claimant: they are told when a consent came, or an identifier became shared.
 * Read after the decisions are written; only profiles that nothing else touched need a second write.
 */
async function touchClaimants(site: Site, outcome: Outcome): Promise<void> {
  const { workspace, store, transaction } = site;
  const { consented, regions, touchedKeys } = outcome;
  const keys = new Set<number>();
  if (consented.length > 0) {
    for (const key of await store.claimants(transaction, consented)) keys.add(key);
  }
  for (const key of newRivals(workspace, regions.decisions, outcome.before)) keys.add(key);
  const fresh = [...keys].filter((key) => key > 0 && !touchedKeys.has(key));
  if (fresh.length === 0) return;
  const profiles = [...(await store.profiles(transaction, fresh))].map((row) => {
    const next = { ...row, counter: row.counter + 1 };
    touchedKeys.add(row.profileKey);
    workspace.profiles.load(row.profileKey, row);
    workspace.profiles.set(row.profileKey, next);
    return next;
  });
  await store.writeStructure(transaction, { ...NO_STRUCTURE, profiles });
}

const NO_STRUCTURE: StructureChanges = {
  filings: [],
  newFilings: [],
  identifiers: [],
  links: [],
  goneLinks: [],
  profiles: [],
  solved: [],
  decisions: [],
  moves: [],
  reason: { cause: 'evidence', ref: '' },
};

async function write(
  { workspace, store, transaction }: Site,
  { regions, reason }: Outcome,
): Promise<void> {
  const filings = workspace.filings.changed();
  const isCountOnly = (row: FilingRow): boolean =>
    workspace.filings.stored(row.filing)?.counter === row.counter;
  const counted = filings.filter(isCountOnly);
  if (counted.length > 0) await store.countFilings(transaction, counted);
  const placed = filings.filter((row) => !isCountOnly(row));
  const links = workspace.links.changed().filter((link) => link !== null);
  const changes = {
    filings: placed,
    newFilings: placed.filter((row) => workspace.filings.stored(row.filing) === undefined),
    identifiers: workspace.identifiers.changed(),
    links,
    goneLinks: workspace.goneLinks(),
    profiles: workspace.profiles.changed(),
    solved: regions.solved,
    decisions: regions.decisions,
    moves: movesIn(workspace),
  };
  if (Object.values(changes).some((rows) => rows.length > 0)) {
    await store.writeStructure(transaction, {
      ...NO_STRUCTURE,
      ...changes,
      ...(reason && { reason }),
    });
  }
}

function profileChanged(
  workspace: Workspace,
  change: {
    readonly key: number;
    readonly portrait: Portrait | undefined;
    readonly revise: Revise;
    readonly reason: Reason | undefined;
  },
): OutgoingRecord[] {
  const row = workspace.profiles.get(change.key);
  if (!row) return [];
  const { tenant } = row;
  const revision = change.revise(row.counter);
  const revised = { tenant, revision, reason: change.reason };
  if (row.isGone || !change.portrait)
    return row.isGone ? [profileRecord(row.profileKey, null, revised)] : [];
  const rules = workspace.rulesOf(tenant);
  return [profileRecord(row.profileKey, portray(change.portrait, { rules, revision }), revised)];
}

function filingMoved(
  workspace: Workspace,
  { tenant, filing, anchor, profileKey, counter }: FilingRow,
  { revise, reason }: { readonly revise: Revise; readonly reason: Reason | undefined },
): OutgoingRecord {
  const profileId = workspace.profiles.get(profileKey)?.profileId ?? '';
  const move = { anchor, profileKey: String(profileKey), profileId };
  return filingRecord(filing, move, { tenant, revision: revise(counter), reason });
}

/** The accepted bytes and headers, and where they are filed. */
function identified(
  workspace: Workspace,
  said: { readonly winner: NewWinner; readonly outcome: Outcome; readonly revise: Revise },
): OutgoingRecord[] {
  const { winner, outcome, revise } = said;
  const record = outcome.records[winner.index];
  const row = workspace.filings.get(winner.filing);
  if (!record || !row) return [];
  const { tenant, source, id } = winner.sighting;
  const topic = TOPIC.interactionIdentified.name;
  const key = recordKey(tenant, row.profileKey);
  const revision = revise(winner.contentCounter);
  const headers: Record<string, string> = {
    ...record.headers,
    [HEADER.id]: stableHash(topic, tenant, source, id, revision),
    [HEADER.type]: topic,
    [HEADER.revision]: String(revision),
    [HEADER.filing]: row.filing,
    [HEADER.anchor]: row.anchor,
    [HEADER.profileKey]: String(row.profileKey),
    [HEADER.profileId]: workspace.profiles.get(row.profileKey)?.profileId ?? '',
    [HEADER.filingRevision]: String(revise(row.counter)),
    [HEADER.contentRevision]: String(revision),
  };
  if (winner.previous) {
    headers[HEADER.previousOccurredAt] = new Date(winner.previous.at).toISOString();
  }
  return [{ topic, key, headers, value: record.value }];
}
