import type { Transaction } from '#storage';
import { standsAs, TimelineFold, type Folding, type Standing } from '../domain/checkpoint.js';
import { profileName } from '../domain/profile.js';
import { inOrder, type Entry } from '../domain/timeline.js';
import { guarded } from './guard-profile.js';
import type { JourneyStores, ProfileRef } from './ports.js';
import type { Touched } from './touched.js';

export const BEGINNING = Number.MIN_SAFE_INTEGER;
export const END = Number.MAX_SAFE_INTEGER;
/** Checkpoints tried in a round of reading: most folds stop at the first; those that do not read ever longer stretches. */
const ROUND_GROWTH = 4;

/** One timeline being folded again. */
export interface Run extends ProfileRef {
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

/**
 * Folds disturbed timelines again, all of them a stretch a round: from the last checkpoint before the disturbance to the first
 * one after it at which the fold stands as it did.
 */
export class FoldAgain {
  constructor(
    private readonly stores: JourneyStores,
    private readonly folding: Folding,
  ) {}

  async execute(transaction: Transaction, touched: Touched, watermark: number): Promise<Run[]> {
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
      });
      run.reached = stretches[index]?.upTo ?? END;
      return !run.isBroken && run.stoppedAt === undefined && run.reached !== END;
    });
  }
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

const refOf = ({ tenant, profileKey }: ProfileRef): ProfileRef => ({ tenant, profileKey });

export const instantOf = (standing: Standing | undefined): number =>
  standing?.tail.occurredAt ?? BEGINNING;

function groupByProfile<Item extends ProfileRef>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(profileName(item));
    if (group === undefined) groups.set(profileName(item), [item]);
    else group.push(item);
  }
  return groups;
}
