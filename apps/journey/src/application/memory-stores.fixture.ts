import type { LogRecord, OutgoingRecord, RecordBatch } from '#event-log';
import { UnitOfWork, type BatchEffect, type Transaction } from '#storage';
import { comparePositions, positionOf, type Entry } from '../domain/timeline.js';
import {
  contentName,
  type Content,
  type ContentName,
  type StoredContent,
} from '../domain/version-choice.js';
import { filingName, type FilingClaim, type FilingMove } from '../domain/filing.js';
import { profileName, type ProfileState } from '../domain/profile.js';
import { readStanding, writeStanding } from '../domain/checkpoint.js';
import { isSequentialKind } from '../domain/derive.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import type { ArchivedContent } from './archived-content.js';
import { KeyedNames } from './erasing/keyed-names.js';
import { MemoryThresholds } from './memory-thresholds.fixture.js';
import { MemoryErasures } from './erasing/memory-erasures.fixture.js';
import {
  ArchiveStore,
  CheckpointStore,
  FactStore,
  JourneyStores,
  ProfileStore,
  ThresholdStore,
  type FactChangeRow,
  type FactRef,
  type FiledArrival,
  type MovedRow,
  type ProfileRef,
  type StoredCheckpoint,
  type Stretch,
  type Portrait,
} from './ports.js';

const versionName = (row: Content): string => `${contentName(row)}#${row.contentRevision}`;
const live = (row: FiledArrival): boolean => !row.withdrawn;

/** The stores as maps: what the Postgres ones promise, without SQL. */
export class MemoryArchive extends ArchiveStore {
  readonly rows = new Map<string, FiledArrival>();
  readonly filings = new Map<string, FilingClaim>();
  /** By name and revision. */
  readonly replaced = new Map<string, ArchivedContent>();
  sequentialReads = 0;
  entriesRead = 0;

  async lockContents(_: Transaction, contents: readonly ContentName[]): Promise<StoredContent[]> {
    return [...new Set(contents.map(contentName))].flatMap((name) => this.rows.get(name) ?? []);
  }

  async lockFilings(_: Transaction, claims: readonly FilingClaim[]): Promise<FilingClaim[]> {
    const stored = claims.flatMap((claim) => this.filings.get(filingName(claim)) ?? []);
    for (const claim of claims)
      if (!this.filings.has(filingName(claim))) this.filings.set(filingName(claim), claim);
    return stored;
  }

  async raiseFilings(_: Transaction, claims: readonly FilingClaim[]): Promise<void> {
    for (const claim of claims) this.filings.set(filingName(claim), claim);
  }

  async insert(_: Transaction, arrivals: readonly FiledArrival[]): Promise<void> {
    for (const row of arrivals) this.rows.set(contentName(row), row);
  }

  async replace(transaction: Transaction, arrivals: readonly FiledArrival[]): Promise<void> {
    await this.archive(
      transaction,
      arrivals.flatMap((row) => this.rows.get(contentName(row)) ?? []),
    );
    await this.insert(transaction, arrivals);
  }

  async archive(_: Transaction, superseded: readonly ArchivedContent[]): Promise<void> {
    for (const row of superseded) {
      const { tenant, source, id, contentRevision, body, occurredAt, receivedAt, version } = row;
      const kept = { tenant, source, id, contentRevision, body, occurredAt, receivedAt, version };
      if (!this.replaced.has(versionName(row))) this.replaced.set(versionName(row), kept);
    }
  }

  async move(_: Transaction, moves: readonly FilingMove[]): Promise<MovedRow[]> {
    return moves.flatMap((move) => {
      const rows = [...this.rows.values()].filter(
        (row) => filingName(row) === filingName(move) && row.profileKey === move.from,
      );
      for (const row of rows) this.rows.set(contentName(row), { ...row, profileKey: move.to });
      return rows.map(({ factIds, isSequential, withdrawn, occurredAt }) => ({
        ...move,
        occurredAt,
        factIds,
        isSequential,
        withdrawn,
      }));
    });
  }

  async entriesOfFacts(_: Transaction, facts: readonly FactRef[]): Promise<Entry[]> {
    const ids = new Set(facts.map(({ id }) => id));
    return [...this.rows.values()].filter(
      (row) => live(row) && row.factIds.some((id) => ids.has(id)),
    );
  }

  async sequentialEntries(_: Transaction, stretches: readonly Stretch[]): Promise<Entry[]> {
    this.sequentialReads += stretches.length;
    const found = [...this.rows.values()].filter(
      (row) => live(row) && row.isSequential && isWithin(stretches, row, row.occurredAt),
    );
    this.entriesRead += found.length;
    return found;
  }

  timelineOf(profileKey: string): Entry[] {
    const rows = [...this.rows.values()].filter((row) => row.profileKey === profileKey);
    return rows.sort((a, b) => comparePositions(positionOf(a), positionOf(b)));
  }
}

function isWithin(stretches: readonly Stretch[], row: ProfileRef, at: number): boolean {
  return stretches.some(
    (stretch) =>
      profileName(stretch) === profileName(row) && stretch.after < at && at <= stretch.upTo,
  );
}

interface MemoryCheckpoint extends ProfileRef {
  readonly at: number;
  readonly text: string;
}

/** Kept as text, as a database would: what JSON cannot carry is lost here too. */
export class MemoryCheckpoints extends CheckpointStore {
  private rows: MemoryCheckpoint[] = [];
  checkpointsRead = 0;

  async before(
    _: Transaction,
    instants: readonly (ProfileRef & { at: number })[],
  ): Promise<StoredCheckpoint[]> {
    const found = instants.flatMap(
      (instant) =>
        this.rows.findLast(
          (row) => profileName(row) === profileName(instant) && row.at < instant.at,
        ) ?? [],
    );
    return this.read(this.rows.filter((row) => found.includes(row)));
  }

  async first(
    _: Transaction,
    stretches: readonly Stretch[],
    max: number,
  ): Promise<StoredCheckpoint[]> {
    const found = stretches.flatMap((stretch) =>
      this.rows.filter((row) => isWithin([stretch], row, row.at)).slice(0, max),
    );
    return this.read(this.rows.filter((row) => found.includes(row)));
  }

  async rewrite(
    _: Transaction,
    stretches: readonly Stretch[],
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<void> {
    this.rows = this.rows.filter((row) => !isWithin(stretches, row, row.at));
    for (const { tenant, profileKey, standing } of checkpoints)
      this.rows.push({
        tenant,
        profileKey,
        at: standing.tail.occurredAt,
        text: writeStanding(standing),
      });
    this.rows.sort((a, b) => a.at - b.at);
  }

  get count(): number {
    return this.rows.length;
  }

  /** They stand as if nothing were open there. */
  damage(): void {
    this.rows = this.rows.map((row) => ({
      ...row,
      text: writeStanding({ ...readStanding(row.text), state: {} }),
    }));
  }

  private read(rows: readonly MemoryCheckpoint[]): StoredCheckpoint[] {
    this.checkpointsRead += rows.length;
    return rows.map(({ tenant, profileKey, text }) => ({
      tenant,
      profileKey,
      standing: readStanding(text),
    }));
  }
}

export class MemoryProfiles extends ProfileStore {
  readonly rows = new Map<string, ProfileState>();
  readonly portraits = new Map<string, string>();

  constructor(private readonly watermark: { at: number }) {
    super();
  }

  async keepPortraits(_: Transaction, portraits: readonly Portrait[]): Promise<void> {
    for (const { body, ...profile } of portraits) {
      if (body === null) this.portraits.delete(profileName(profile));
      else this.portraits.set(profileName(profile), body.toString('utf8'));
    }
  }

  async lock(_: Transaction, seeds: readonly ProfileState[]): Promise<ProfileState[]> {
    for (const seed of seeds)
      if (!this.rows.has(profileName(seed))) this.rows.set(profileName(seed), seed);
    return this.read(_, seeds);
  }

  async read(_: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]> {
    return profiles.flatMap((profile) => this.rows.get(profileName(profile)) ?? []);
  }

  async write(_: Transaction, changes: readonly { after: ProfileState }[]): Promise<void> {
    for (const { after } of changes) {
      if (!this.rows.has(profileName(after))) continue;
      const standing = after.standing && readStanding(writeStanding(after.standing));
      this.rows.set(profileName(after), { ...after, standing });
    }
  }

  async lockDue(_: Transaction, { at, max }: { at: number; max: number }): Promise<ProfileState[]> {
    return [...this.rows.values()]
      .filter(({ dueAt }) => dueAt !== undefined && dueAt <= at)
      .slice(0, max);
  }

  async lockFree(_: Transaction, profiles: readonly ProfileRef[]): Promise<ProfileState[]> {
    return this.read(_, profiles);
  }

  async advanceWatermark(_: Transaction, at: number): Promise<void> {
    this.watermark.at = Math.max(this.watermark.at, at);
  }
}

export class MemoryFacts extends FactStore {
  readonly rows = new Map<string, FactChangeRow>();
  private counter = 0;

  constructor(
    private readonly watermark: { at: number },
    private readonly profiles: MemoryProfiles,
    private readonly thresholds: ThresholdStore,
  ) {
    super();
  }

  current(): DerivedFact[] {
    return [...this.rows.values()].filter((row) => !row.isGone).map(({ fact }) => fact);
  }

  async lock(): Promise<void> {
    await Promise.resolve();
  }

  async read(_: Transaction, facts: readonly FactRef[]): Promise<DerivedFact[]> {
    const ids = new Set(facts.map(({ id }) => id));
    return this.current().filter(({ id }) => ids.has(id));
  }

  async openedIn(_: Transaction, stretches: readonly Stretch[]): Promise<DerivedFact[]> {
    return this.current().filter(
      (fact) => isSequentialKind(fact.kind) && isWithin(stretches, fact, fact.from),
    );
  }

  async dueKeyed(
    _: Transaction,
    { at, max }: { at: number; max: number },
  ): Promise<(FactRef & ProfileRef)[]> {
    return this.current()
      .filter(
        ({ kind, status, finalAt }) =>
          !isSequentialKind(kind) && status === 'provisional' && (finalAt ?? Infinity) <= at,
      )
      .filter((fact) => this.profiles.rows.get(profileName(fact))?.quarantine === undefined)
      .slice(0, max);
  }

  async countingFrom(
    _: Transaction,
    profiles: readonly (ProfileRef & { at: number })[],
  ): Promise<DerivedFact[]> {
    const since = new Map(profiles.map((profile) => [profileName(profile), profile.at]));
    return this.current().filter((fact) => fact.at >= (since.get(profileName(fact)) ?? Infinity));
  }

  async tick(transaction: Transaction, tenants: readonly string[]) {
    const thresholds = await this.thresholds.read(transaction, tenants);
    return { counter: ++this.counter, watermark: this.watermark.at, thresholds };
  }

  async write(_: Transaction, rows: readonly FactChangeRow[]): Promise<void> {
    for (const row of rows) this.rows.set(row.fact.id, row);
  }
}

/** No transactions: one batch after the other, effects kept in `published`. */
export class MemoryUnitOfWork extends UnitOfWork {
  readonly published: OutgoingRecord[] = [];
  readonly deadLetters: unknown[] = [];
  private readonly transaction: Transaction = {
    query: () => Promise.reject(new Error('no database here')),
  };

  async run<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return work(this.transaction);
  }

  async publish<Result>(
    work: (
      transaction: Transaction,
    ) => Promise<{ result: Result; outgoing: readonly OutgoingRecord[] }>,
  ): Promise<Result> {
    const { result, outgoing } = await work(this.transaction);
    this.published.push(...outgoing);
    return result;
  }

  async consume(
    batch: RecordBatch,
    work: (transaction: Transaction, records: readonly LogRecord[]) => Promise<BatchEffect>,
  ): Promise<void> {
    const { outgoing, deadLetters } = await work(this.transaction, batch.records);
    this.published.push(...outgoing);
    this.deadLetters.push(...(deadLetters ?? []));
  }

  async startAt(): Promise<readonly undefined[]> {
    return [];
  }

  revision(counter: number): number {
    return counter;
  }
}

export interface MemoryJourney {
  readonly unitOfWork: MemoryUnitOfWork;
  readonly archive: MemoryArchive;
  readonly profiles: MemoryProfiles;
  readonly facts: MemoryFacts;
  readonly checkpoints: MemoryCheckpoints;
  readonly thresholds: MemoryThresholds;
  readonly erasures: MemoryErasures;
  readonly stores: JourneyStores;
}

export function memoryJourney(
  secret: { readonly value: string } = { value: 'a secret of tests' },
): MemoryJourney {
  const watermark = { at: 0 };
  const archive = new MemoryArchive();
  const profiles = new MemoryProfiles(watermark);
  const thresholds = new MemoryThresholds();
  const facts = new MemoryFacts(watermark, profiles, thresholds);
  const checkpoints = new MemoryCheckpoints();
  const erasures = new MemoryErasures(archive, new KeyedNames(secret));
  return {
    unitOfWork: new MemoryUnitOfWork(),
    archive,
    profiles,
    facts,
    checkpoints,
    thresholds,
    erasures,
    stores: new JourneyStores({ archive, profiles, facts, checkpoints, erasures, thresholds }),
  };
}
