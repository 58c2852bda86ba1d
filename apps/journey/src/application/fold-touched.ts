import type { Transaction } from '#storage';
import {
  isAppend,
  standsAs,
  TimelineFold,
  writeStanding,
  type Folding,
  type Standing,
} from '../domain/checkpoint.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import { SequentialFold } from '../domain/fold.js';
import { profileName } from '../domain/profile.js';
import { inOrder, type Entry } from '../domain/timeline.js';
import type { FactRef, JourneyStores, ProfileRef, StoredCheckpoint, Stretch } from './ports.js';
import type { Touched } from './touched.js';

const DETAIL_MAX = 1_000;
const BEGINNING = Number.MIN_SAFE_INTEGER;
const END = Number.MAX_SAFE_INTEGER;
/** Checkpoints tried in a round of reading: most folds stop at the first; those that do not read ever longer stretches. */
const ROUND_GROWTH = 4;

/** What the folds of a batch came to. Facts outside are as they were. */
export interface Folded {
  readonly derived: readonly DerivedFact[];
  /** Stored facts to compare with, known by their ids. */
  readonly storedIds: readonly FactRef[];
  /** Stored facts to compare with: those opened in these stretches … */
  readonly stretches: readonly Stretch[];
  /** … but not these: a fold that stopped early leaves what is open there as it is. */
  readonly untouched: ReadonlySet<string>;
}

/** One timeline being folded again. */
interface Run extends ProfileRef {
  readonly name: string;
  readonly start: Standing | undefined;
  readonly fold: TimelineFold;
  /** Up to where it has been folded, ms. */
  reached: number;
  /** Earliest instant from which on it may stop. */
  readonly last: number;
  stoppedAt?: Standing;
  /** A step threw: its profile is quarantined. */
  isBroken?: boolean;
}

/** How folds went, for tests and figures. */
export interface FoldCounts {
  appends: number;
  stoppedEarly: number;
  foldedToTheEnd: number;
}

/**
 * Sequential facts of the timelines that a batch touched. An append continues from where the fold stands and reads no
 * timeline. Anything else reads from the last checkpoint before the disturbance to the first one after it at which the fold
 * stands as it did.
 */
export class FoldTouched {
  readonly counts: FoldCounts = { appends: 0, stoppedEarly: 0, foldedToTheEnd: 0 };

  constructor(
    private readonly stores: JourneyStores,
    private readonly folding: Folding,
  ) {}

  async execute(transaction: Transaction, touched: Touched, watermark: number): Promise<Folded> {
    const folded = {
      derived: [] as DerivedFact[],
      storedIds: [] as FactRef[],
      stretches: [] as Stretch[],
      untouched: new Set<string>(),
    };
    const written: StoredCheckpoint[] = [];
    for (const [name, entries] of touched.appended) {
      const ordered = inOrder(entries);
      if (!this.isAppend(touched, name, ordered)) continue;
      const append = { name, ordered, watermark, folded };
      written.push(...guarded(touched, append, () => this.append(touched, append)));
    }
    const runs = await this.foldAgain(transaction, touched, watermark);
    for (const run of runs) {
      const finish = { name: run.name, run, watermark, folded };
      if (!run.isBroken)
        written.push(...guarded(touched, finish, () => this.finish(touched, finish)));
    }
    const { checkpoints } = this.stores;
    await checkpoints.rewrite(transaction, folded.stretches.map(inner), written);
    return folded;
  }

  /** Otherwise the entries join what is disturbed. */
  private isAppend(touched: Touched, name: string, ordered: readonly Entry[]): boolean {
    const profile = locked(touched, name);
    const isAlone = !touched.disturbed.has(name);
    const [first] = ordered;
    if (isAlone && isAppend(profile.before.standing, first)) return true;
    const ref = `${first?.interaction.source}/${first?.interaction.id}`;
    const cause = isAlone ? 'late' : 'new';
    for (const { occurredAt } of ordered)
      touched.disturb(profile.before, occurredAt, { cause, ref });
    return false;
  }

  private append(
    touched: Touched,
    { name, ordered, watermark, folded }: Append,
  ): StoredCheckpoint[] {
    const profile = locked(touched, name);
    const { tenant, profileKey, standing } = profile.before;
    const fold = new TimelineFold(this.folding, standing);
    // What time alone had made of the state before may have to be taken back.
    const passed = new SequentialFold(this.folding.kinds, standing?.state);
    const open = passed.openFacts();
    passed.pass(watermark);
    for (const entry of ordered) fold.take(entry);
    const reached = ordered.length > 0 ? fold.standing() : standing;
    fold.pass(watermark);
    const { checkpoints } = fold;
    assertSmall(reached, checkpoints);
    this.counts.appends += 1;
    for (const { id } of [...open, ...passed.facts.values()]) folded.storedIds.push({ tenant, id });
    folded.derived.push(...fold.facts().values());
    const dueAt = earlier(profile.after.dueAt, fold.dueAt());
    profile.after = { ...profile.after, standing: reached, dueAt };
    return checkpoints.map((each) => ({ tenant, profileKey, standing: each }));
  }

  private async foldAgain(
    transaction: Transaction,
    touched: Touched,
    watermark: number,
  ): Promise<Run[]> {
    const disturbed = [...touched.disturbed.values()];
    if (disturbed.length === 0) return [];
    const found = await this.stores.checkpoints.before(
      transaction,
      disturbed.map((each) => ({ ...each, at: each.first })),
    );
    const starts = new Map(found.map((each) => [profileName(each), each.standing]));
    const runs = disturbed.map(({ tenant, profileKey, last }): Run => {
      const name = profileName({ tenant, profileKey });
      const start = starts.get(name);
      const fold = new TimelineFold(this.folding, start);
      return { name, tenant, profileKey, start, fold, last, reached: instantOf(start) };
    });
    let open = runs;
    for (let max = 1; open.length > 0; max *= ROUND_GROWTH)
      open = await this.advance(transaction, open, { max, touched, watermark });
    return runs;
  }

  /** Reads and folds one stretch more of each; returns those that go on. */
  private async advance(
    transaction: Transaction,
    runs: readonly Run[],
    { max, touched, watermark }: { max: number; touched: Touched; watermark: number },
  ): Promise<Run[]> {
    const ahead = groupByProfile(
      await this.stores.checkpoints.from(
        transaction,
        runs.map((run) => ({ ...refOf(run), at: Math.max(run.last, run.reached + 1) })),
        max,
      ),
    );
    const stretches = runs.map((run) => {
      const stops = ahead.get(run.name) ?? [];
      const upTo = stops.length < max ? END : instantOf(stops.at(-1)?.standing);
      return { ...refOf(run), after: run.reached, upTo };
    });
    const entries = groupByProfile(
      await this.stores.archive.sequentialEntries(transaction, stretches),
    );
    return runs.filter((run, index) => {
      const stops = (ahead.get(run.name) ?? []).map(({ standing }) => standing);
      guarded(touched, { name: run.name, watermark }, () => {
        run.isBroken = true;
        takeUntil(run, inOrder(entries.get(run.name) ?? []), stops);
        run.isBroken = false;
        return [];
      });
      run.reached = stretches[index]?.upTo ?? END;
      return !run.isBroken && run.stoppedAt === undefined && run.reached !== END;
    });
  }

  private finish(touched: Touched, { run, watermark, folded }: Finish): StoredCheckpoint[] {
    const { tenant, profileKey, fold, stoppedAt, start } = run;
    const profile = locked(touched, run.name);
    const openAtStart = new SequentialFold(this.folding.kinds, start?.state).openFacts();
    const standing = fold.standing();
    assertSmall(stoppedAt === undefined ? standing : undefined, fold.checkpoints);
    const left = new Set(stoppedAt === undefined ? [] : fold.openFacts().map(({ id }) => id));
    if (stoppedAt === undefined) {
      fold.pass(watermark);
      const dueAt = earlier(profile.after.dueAt, fold.dueAt());
      profile.after = { ...profile.after, standing, dueAt };
      this.counts.foldedToTheEnd += 1;
    } else this.counts.stoppedEarly += 1;
    for (const { id } of openAtStart) folded.storedIds.push({ tenant, id });
    for (const id of left) folded.untouched.add(id);
    folded.derived.push(...[...fold.facts().values()].filter(({ id }) => !left.has(id)));
    const upTo = stoppedAt === undefined ? END : instantOf(stoppedAt);
    folded.stretches.push({ tenant, profileKey, after: instantOf(start), upTo });
    return fold.checkpoints.map((each) => ({ tenant, profileKey, standing: each }));
  }
}

interface Append {
  readonly name: string;
  readonly ordered: readonly Entry[];
  readonly watermark: number;
  readonly folded: Mutable;
}

interface Finish {
  readonly name: string;
  readonly run: Run;
  readonly watermark: number;
  readonly folded: Mutable;
}

interface Mutable {
  readonly derived: DerivedFact[];
  readonly storedIds: FactRef[];
  readonly stretches: Stretch[];
  readonly untouched: Set<string>;
}

/** Folds entries in order; stops at the first checkpoint on the way that stands as this fold does. */
function takeUntil(run: Run, entries: readonly Entry[], stops: readonly Standing[]): void {
  let next = 0;
  for (const stop of stops) {
    const at = instantOf(stop);
    for (let entry = entries[next]; entry && entry.occurredAt <= at; entry = entries[++next])
      run.fold.take(entry);
    if (!standsAs(run.fold.standing(), stop)) continue;
    run.stoppedAt = stop;
    return;
  }
  for (const entry of entries.slice(next)) run.fold.take(entry);
}

/** The checkpoint at which a fold stopped stays. */
function inner(stretch: Stretch): Stretch {
  return stretch.upTo === END ? stretch : { ...stretch, upTo: stretch.upTo - 1 };
}

/** A fold that throws leaves its profile's facts as they are, and names why; its neighbours go on. */
function guarded(
  touched: Touched,
  { name, watermark }: { readonly name: string; readonly watermark: number },
  fold: () => StoredCheckpoint[],
): StoredCheckpoint[] {
  try {
    return fold();
  } catch (error) {
    touched.quarantine(locked(touched, name).before, failureAt(watermark, error));
    return [];
  }
}

export function failureAt(at: number, error: unknown): { at: number; detail: string } {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { at, detail: detail.slice(0, DETAIL_MAX) };
}

/** Here, where it is the profile's fault, and not when it is written. */
function assertSmall(standing: Standing | undefined, checkpoints: readonly Standing[]): void {
  for (const each of [...(standing ? [standing] : []), ...checkpoints]) writeStanding(each);
}

function locked(touched: Touched, name: string) {
  const profile = touched.profiles.get(name);
  if (profile === undefined) throw new Error('a profile is locked before it is folded');
  return profile;
}

const refOf = ({ tenant, profileKey }: ProfileRef): ProfileRef => ({ tenant, profileKey });

const instantOf = (standing: Standing | undefined): number =>
  standing?.tail.occurredAt ?? BEGINNING;

/** An earlier look than needed is harmless: the sweeper sets the next one. It saves a write an append. */
function earlier(known: number | undefined, due: number | undefined): number | undefined {
  return due === undefined || (known !== undefined && known <= due) ? known : due;
}

function groupByProfile<Item extends ProfileRef>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(profileName(item));
    if (group === undefined) groups.set(profileName(item), [item]);
    else group.push(item);
  }
  return groups;
}
