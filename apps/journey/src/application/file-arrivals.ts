import type { Counted } from '#erasure';
import type { Transaction } from '#storage';
import { filingChanges, filingName, highestClaims, type FilingChanges } from '../domain/filing.js';
import {
  newestNews,
  profileName,
  segmentsDifferFrom,
  withNews,
  type ProfileNews,
  type ProfileState,
} from '../domain/profile.js';
import {
  chooseVersions,
  contentName,
  type ContentName,
  type StoredContent,
  type VersionChoice,
} from '../domain/version-choice.js';
import { isGone, reachesFurther } from '../domain/erasure.js';
import type { Claim, DecodedBatch } from './decode-records.js';
import type { ErasedRows } from './erasing/ports.js';
import { ReadErased, type ReadBatch } from './erasing/read-erased.js';
import type { Arrival, FiledArrival, JourneyStores, MovedRow, Portrait } from './ports.js';
import { Touched } from './touched.js';

const refOf = ({ source, id }: { source: string; id: string }): string => `${source}/${id}`;

/**
 * First half of a batch: locks (contents, filings, profiles), puts rows where their filings stand, moves those whose filing moved,
 * and says what that touched. No fact is read here.
 */
export class FileArrivals {
  private readonly erased: ReadErased;

  constructor(private readonly stores: JourneyStores) {
    this.erased = new ReadErased(stores);
  }

  async execute(transaction: Transaction, decoded: DecodedBatch): Promise<Filed> {
    const { archive, erasures } = this.stores;
    const batch = await this.erased.execute(transaction, decoded);
    const stored = await archive.lockContents(transaction, [...batch.arrivals, ...batch.gone]);
    const choice = chooseVersions(stored, batch.arrivals);
    const claimed = highestClaims(batch.claims);
    const filings = filingChanges(
      await archive.lockFilings(transaction, [...claimed.values()]),
      claimed,
    );
    const touched = new Touched();
    const gone = goneRows(stored, batch);
    await this.lockProfiles(transaction, { batch, choice, filings, touched, gone });
    await archive.raiseFilings(transaction, filings.raised);
    await this.writeRows(transaction, { choice, filings, touched });
    touchGone(touched, gone, batch);
    const erased = await erasures.erase(transaction, batch.gone);
    await this.reread(transaction, batch, choice);
    const moved = await archive.move(transaction, filings.moves);
    touchMoved(touched, moved, batch.claims);
    return { touched, erased: countErased(batch, erased) };
  }

  private async lockProfiles(
    transaction: Transaction,
    {
      batch,
      choice,
      filings,
      touched,
      gone,
    }: Filing & {
      batch: DecodedBatch;
      gone: readonly StoredContent[];
    },
  ): Promise<void> {
    const news = newestNews(batch.news);
    const ids = idsOf(batch);
    const portraits: Portrait[] = [];
    const locked = await this.stores.profiles.lock(
      transaction,
      seedsOf(batch, { choice, filings, gone }),
    );
    for (const before of locked) {
      const item = news.get(profileName(before));
      const after = named(withNews(before, item), ids);
      if (item !== undefined && after.revision !== before.revision)
        portraits.push({
          tenant: before.tenant,
          profileKey: before.profileKey,
          body: item.kind === 'gone' ? null : item.body,
        });
      touched.profiles.set(profileName(before), { before, after });
      const at = segmentsDifferFrom(before.segments, after.segments);
      if (at !== undefined)
        touched.segments.push({ tenant: before.tenant, profileKey: before.profileKey, at });
    }
    await this.stores.profiles.keepPortraits(transaction, portraits);
  }

  private async writeRows(
    transaction: Transaction,
    { choice, filings, touched }: Filing,
  ): Promise<void> {
    const { archive } = this.stores;
    const inserted = choice.inserted.map((arrival) => filed(arrival, filings));
    for (const arrival of inserted) touchInserted(touched, arrival);
    const replacing = choice.replacing.map(({ stored, arrival }) => ({
      stored,
      arrival: filed(arrival, filings),
    }));
    for (const { stored, arrival } of replacing) {
      const cause = arrival.withdrawn ? 'withdrawal' : 'update';
      const reason = arrival.reason ?? ({ cause, ref: refOf(arrival) } as const);
      for (const row of [stored, arrival]) {
        if (row.withdrawn) continue;
        for (const id of row.factIds) touched.fact({ tenant: row.tenant, id }, reason);
        if (row.isSequential) touched.disturb(row, row.occurredAt, reason);
      }
    }
    await archive.insert(transaction, inserted);
    await archive.replace(
      transaction,
      replacing.map(({ arrival }) => arrival),
    );
    await archive.archive(transaction, choice.superseded);
  }

  /** What was replaced just now, or belongs to something refiled. */
  private async reread(
    transaction: Transaction,
    batch: ReadBatch,
    { replacing }: VersionChoice<Arrival>,
  ): Promise<number> {
    const replaced = replacing
      .map(({ arrival }) => arrival)
      .filter(({ tenant }) => batch.erasing.has(tenant));
    const all = [...batch.refilings, ...replaced];
    const names = new Map(all.map((each) => [contentName(each), each]));
    for (const each of batch.gone) if (each.until === undefined) names.delete(contentName(each));
    return names.size === 0
      ? 0
      : this.erased.reread(transaction, [...names.values()], batch.erasing);
  }
}

/** A tombstone is counted even where there was nothing: it may be the one that was waited for. */
function countErased(
  { gone, arrivals }: ReadBatch,
  { interactions, versions }: ErasedRows,
): Counted[] {
  const forEver = gone.filter(({ until }) => until === undefined);
  const erasures = new Map(forEver.map((each) => [contentName(each), each.erasureId]));
  const counted = (rows: readonly ContentName[], store: string, count: number): Counted[] =>
    rows.flatMap((row) => {
      const erasureId = erasures.get(contentName(row));
      return erasureId === undefined ? [] : [{ tenant: row.tenant, erasureId, store, count }];
    });
  const refiled = arrivals.flatMap(({ tenant, reason }) =>
    reason === undefined ? [] : [{ tenant, erasureId: reason.ref, store: 'refiled', count: 1 }],
  );
  return [
    ...counted(gone, 'interactions', 0),
    ...counted(interactions, 'interactions', 1),
    ...counted(versions, 'versions', 1),
    ...refiled,
  ];
}

/** Rows of what was erased, as they stood. */
function goneRows(stored: readonly StoredContent[], { gone }: ReadBatch): StoredContent[] {
  const passings = passingsIn(gone);
  return stored.filter((row) => {
    const passing = passings.get(contentName(row));
    return passing !== undefined && isGone(passing, row.contentRevision);
  });
}

function touchGone(touched: Touched, rows: readonly StoredContent[], batch: ReadBatch): void {
  const passings = passingsIn(batch.gone);
  for (const row of rows) {
    if (row.withdrawn) continue;
    const { erasureId = '', until } = passings.get(contentName(row)) ?? {};
    const cause = until === undefined ? 'erasure' : 'retention';
    const reason = { cause, ref: erasureId } as const;
    for (const id of row.factIds) touched.fact({ tenant: row.tenant, id }, reason);
    if (row.isSequential) touched.disturb(row, row.occurredAt, reason);
  }
}

/** Of each interaction the one that reaches furthest. */
function passingsIn(gone: ReadBatch['gone']): ReadonlyMap<string, ReadBatch['gone'][number]> {
  const passings = new Map<string, ReadBatch['gone'][number]>();
  for (const each of gone) {
    const known = passings.get(contentName(each));
    if (known === undefined || reachesFurther(each, known)) passings.set(contentName(each), each);
  }
  return passings;
}

/** What a batch did to the archive. */
export interface Filed {
  readonly touched: Touched;
  /** Empty while nothing is erased. */
  readonly erased: readonly Counted[];
}

interface Filing {
  readonly choice: VersionChoice<Arrival>;
  readonly filings: FilingChanges;
  readonly touched: Touched;
}

function filed(arrival: Arrival, filings: FilingChanges): FiledArrival {
  const profileKey = filings.current.get(filingName(arrival))?.profileKey;
  if (profileKey === undefined) throw new Error('every arrival brings a claim for its filing');
  return { ...arrival, profileKey };
}

function touchInserted(touched: Touched, arrival: FiledArrival): void {
  if (arrival.withdrawn) return;
  const { tenant, profileKey, occurredAt, interaction, factIds } = arrival;
  const reason = { cause: 'new', ref: refOf(arrival) } as const;
  for (const id of factIds) touched.fact({ tenant, id }, reason, occurredAt);
  if (arrival.isSequential) touched.append({ tenant, profileKey, occurredAt, interaction });
}

function touchMoved(touched: Touched, moved: readonly MovedRow[], claims: readonly Claim[]): void {
  const claimOf = new Map(claims.map((claim) => [filingName(claim), claim]));
  for (const row of moved) {
    if (row.withdrawn) continue;
    const { tenant, filing } = row;
    const { cause = 'merge', causeRef = filing } = claimOf.get(filingName(row)) ?? {};
    const reason = { cause, ref: causeRef };
    for (const id of row.factIds) touched.fact({ tenant, id }, reason);
    if (!row.isSequential) continue;
    touched.disturb({ tenant, profileKey: row.from }, row.occurredAt, reason);
    touched.disturb({ tenant, profileKey: row.to }, row.occurredAt, reason);
  }
}

/** Public ids as the records of this batch give them. */
function idsOf(batch: DecodedBatch): Map<string, string> {
  const ids = new Map<string, string>();
  for (const claim of batch.claims) ids.set(profileName(claim), claim.profileId);
  for (const item of batch.news) {
    if (item.kind === 'changed') ids.set(profileName(item), item.profileId);
  }
  return ids;
}

/** A profile met first by its tombstone has no id yet: any record that names it will do. */
function named(profile: ProfileState, ids: ReadonlyMap<string, string>): ProfileState {
  if (profile.profileId !== '') return profile;
  return { ...profile, profileId: ids.get(profileName(profile)) ?? '' };
}

/** Every profile that this batch may change, as it would stand if nobody had seen it yet. */
function seedsOf(
  batch: DecodedBatch,
  {
    choice,
    filings,
    gone,
  }: Pick<Filing, 'choice' | 'filings'> & { gone: readonly StoredContent[] },
): ProfileState[] {
  const ids = idsOf(batch);
  const seeds = new Map<string, ProfileState>();
  const add = (tenant: string, profileKey: string) => {
    const name = profileName({ tenant, profileKey });
    if (!seeds.has(name)) seeds.set(name, seed(tenant, profileKey, ids.get(name) ?? ''));
  };
  for (const { tenant, profileKey } of filings.current.values()) add(tenant, profileKey);
  for (const { tenant, from } of filings.moves) add(tenant, from);
  for (const { stored } of choice.replacing) add(stored.tenant, stored.profileKey);
  for (const { tenant, profileKey } of gone) add(tenant, profileKey);
  for (const { tenant, profileKey } of batch.news as readonly ProfileNews[])
    add(tenant, profileKey);
  return [...seeds.values()];
}

function seed(tenant: string, profileKey: string, profileId: string): ProfileState {
  return {
    tenant,
    profileKey,
    profileId,
    revision: 0,
    isGone: false,
    formerIds: [],
    segments: [],
    standing: undefined,
    dueAt: undefined,
    quarantine: undefined,
  };
}
