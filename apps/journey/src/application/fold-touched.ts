import type { Transaction } from '#storage';
import {
  isAppend,
  TimelineFold,
  writeStanding,
  type Folding,
  type Standing,
} from '../domain/checkpoint.js';
import type { DerivedFact } from '../domain/derived-fact.js';
import { SequentialFold } from '../domain/fold.js';
import { inOrder, type Entry } from '../domain/timeline.js';
import { FoldAgain, type Timeline } from './fold-again.js';
import { guarded, locked } from './guard-profile.js';
import type { FactRef, JourneyStores, StoredCheckpoint, Stretch } from './ports.js';
import type { Run } from './run.js';
import { END, instantOf } from './spans.js';
import type { Touched } from './touched.js';

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

/** How folds went, for tests and figures. */
export interface FoldCounts {
  appends: number;
  stoppedEarly: number;
  foldedToTheEnd: number;
}

/**
 * Sequential facts of the timelines that a batch touched. An append continues from where the fold stands and reads no
 * timeline. Anything else reads, for each disturbance, from the last checkpoint before it to the first one after it at which the
 * fold stands as it did.
 */
export class FoldTouched {
  readonly counts: FoldCounts = { appends: 0, stoppedEarly: 0, foldedToTheEnd: 0 };

  constructor(private readonly stores: JourneyStores) {}

  async execute(
    transaction: Transaction,
    touched: Touched,
    { watermark, foldingOf }: Grounds,
  ): Promise<Folded> {
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
      const append = { name, ordered, watermark, foldingOf, folded };
      written.push(...(guarded(touched, append, () => this.append(touched, append)) ?? []));
    }
    const again = new FoldAgain(this.stores, foldingOf);
    for (const timeline of await again.execute(transaction, touched, watermark)) {
      const { name } = timeline;
      const finish = { name, timeline, watermark, foldingOf, folded };
      written.push(...(guarded(touched, finish, () => this.finish(touched, finish)) ?? []));
    }
    // Left open by one run, and closed by one that started later.
    for (const { id } of folded.derived) folded.untouched.delete(id);
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
    { name, ordered, watermark, foldingOf, folded }: Append,
  ): StoredCheckpoint[] {
    const profile = locked(touched, name);
    const { tenant, profileKey, standing } = profile.before;
    const folding = foldingOf(tenant);
    const fold = new TimelineFold(folding, standing);
    // What time alone had made of the state before may have to be taken back.
    const passed = new SequentialFold(folding.kinds, standing?.state, folding.thresholds);
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

  private finish(
    touched: Touched,
    { timeline, watermark, foldingOf, folded }: Finish,
  ): StoredCheckpoint[] {
    const { tenant, profileKey, name, runs } = timeline;
    const profile = locked(touched, name);
    const last = runs.at(-1);
    const toTheEnd = last?.stoppedAt === undefined ? last?.fold : undefined;
    const standing = toTheEnd?.standing();
    const checkpoints = runs.flatMap(({ fold }) => fold.checkpoints);
    assertSmall(standing, checkpoints);
    const left = runs.flatMap(({ fold, stoppedAt }) => (stoppedAt ? fold.openFacts() : []));
    if (toTheEnd !== undefined) {
      toTheEnd.pass(watermark);
      const dueAt = earlier(profile.after.dueAt, toTheEnd.dueAt());
      profile.after = { ...profile.after, standing, dueAt };
    }
    for (const run of runs) this.compare(timeline, run, { foldingOf, folded });
    for (const { id } of left) folded.untouched.add(id);
    return checkpoints.map((each) => ({ tenant, profileKey, standing: each }));
  }

  /** What a run made against what is stored of its span. */
  private compare(
    { tenant, profileKey }: Timeline,
    run: Run,
    { foldingOf, folded }: Pick<Finish, 'foldingOf' | 'folded'>,
  ): void {
    const { start, fold, stoppedAt } = run;
    this.counts[stoppedAt === undefined ? 'foldedToTheEnd' : 'stoppedEarly'] += 1;
    const openAtStart = new SequentialFold(foldingOf(tenant).kinds, start?.state).openFacts();
    for (const { id } of openAtStart) folded.storedIds.push({ tenant, id });
    const left = new Set(stoppedAt === undefined ? [] : fold.openFacts().map(({ id }) => id));
    folded.derived.push(...[...fold.facts().values()].filter(({ id }) => !left.has(id)));
    const upTo = stoppedAt === undefined ? END : instantOf(stoppedAt);
    folded.stretches.push({ tenant, profileKey, after: instantOf(start), upTo });
  }
}

/** What a fold is made on. */
export interface Grounds {
  readonly watermark: number;
  /** As the tenant has set it. */
  readonly foldingOf: (tenant: string) => Folding;
}

interface Append extends Grounds {
  readonly name: string;
  readonly ordered: readonly Entry[];
  readonly folded: Mutable;
}

interface Finish extends Grounds {
  readonly name: string;
  readonly timeline: Timeline;
  readonly folded: Mutable;
}

interface Mutable {
  readonly derived: DerivedFact[];
  readonly storedIds: FactRef[];
  readonly stretches: Stretch[];
  readonly untouched: Set<string>;
}

/** The checkpoint at which a fold stopped stays. */
function inner(stretch: Stretch): Stretch {
  return stretch.upTo === END ? stretch : { ...stretch, upTo: stretch.upTo - 1 };
}

/** Here, where it is the profile's fault, and not when it is written. */
function assertSmall(standing: Standing | undefined, checkpoints: readonly Standing[]): void {
  for (const each of [...(standing ? [standing] : []), ...checkpoints]) writeStanding(each);
}

/** An earlier look than needed is harmless: the sweeper sets the next one. It saves a write an append. */
function earlier(known: number | undefined, due: number | undefined): number | undefined {
  return due === undefined || (known !== undefined && known <= due) ? known : due;
}
