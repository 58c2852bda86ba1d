import type { Transaction } from '#storage';
import { isCheckpoint, isCurrent, type Folding, type Standing } from '../domain/checkpoint.js';
import { profileName } from '../domain/profile.js';
import { inOrder } from '../domain/timeline.js';
import { failureAt, locked } from './guard-profile.js';
import type { JourneyStores, ProfileRef, StoredCheckpoint, Stretch } from './ports.js';
import { begun, foldFromTheLeft, isOpen, type Run } from './run.js';
import { END, instantOf, spansOf, type Span } from './spans.js';
import type { Disturbance, Touched } from './touched.js';

/** Checkpoints tried in a round of reading: most folds stop at the first; those that do not read ever longer stretches. */
const ROUND_GROWTH = 4;

/** The runs of one timeline, in order. What lies between two of them is as it was, and is not read. */
export interface Timeline extends ProfileRef {
  readonly name: string;
  runs: readonly Run[];
}

/** A run that reads in this round, no further than to the start of the next one that does. */
interface Course extends ProfileRef {
  readonly name: string;
  readonly run: Run;
  readonly next: Run | undefined;
}

/**
 * Folds disturbed timelines again: each span from the last checkpoint before a disturbance to the first one after it at which
 * the fold stands as it did. All spans of all timelines go on together, a stretch a round.
 */
export class FoldAgain {
  constructor(
    private readonly stores: JourneyStores,
    private readonly foldingOf: (tenant: string) => Folding,
  ) {}

  /** Timelines of which a step threw are quarantined and left out. */
  async execute(
    transaction: Transaction,
    touched: Touched,
    watermark: number,
  ): Promise<Timeline[]> {
    const timelines = await this.begin(transaction, touched);
    let courses = timelines.flatMap(coursesOf);
    for (let max = 1; courses.length > 0; max *= ROUND_GROWTH) {
      await this.read(transaction, courses, max);
      for (const timeline of timelines) timeline.runs = foldFromTheLeft(timeline.runs);
      courses = timelines.flatMap(coursesOf);
    }
    return timelines.filter(({ name, runs }) => {
      const failure = runs.at(-1)?.failure;
      if (failure === undefined) return true;
      touched.quarantine(locked(touched, name).before, failureAt(watermark, failure.error));
      return false;
    });
  }

  private isCurrent({ tenant, standing }: Pick<StoredCheckpoint, 'tenant' | 'standing'>): boolean {
    return isCurrent(this.foldingOf(tenant), standing);
  }

  private async begin(transaction: Transaction, touched: Touched): Promise<Timeline[]> {
    const disturbed = [...touched.disturbed].map(([name, disturbance]) => {
      const { tenant, standing } = locked(touched, name).before;
      const canStart =
        standing &&
        this.isCurrent({ tenant, standing }) &&
        isCheckpoint(this.foldingOf(tenant), standing);
      const end = canStart ? standing : undefined;
      return { name, disturbance, end };
    });
    const inside = disturbed.flatMap(({ disturbance, end }) => insideOf(disturbance, end));
    const before = await this.stores.checkpoints.before(transaction, inside);
    const found = groupByProfile(before.filter((each) => this.isCurrent(each)));
    return disturbed.map(({ name, disturbance, end }) => {
      const { tenant, profileKey } = disturbance;
      const checkpoints = (found.get(name) ?? []).map(({ standing }) => standing);
      const spans = spansIn(disturbance, end ? [...checkpoints, end] : checkpoints);
      return {
        name,
        tenant,
        profileKey,
        runs: spans.map((span) => begun(this.foldingOf(tenant), span)),
      };
    });
  }

  private async read(
    transaction: Transaction,
    courses: readonly Course[],
    max: number,
  ): Promise<void> {
    const { archive, checkpoints } = this.stores;
    const first = await checkpoints.first(transaction, courses.map(aheadOf), max);
    const ahead = groupByProfile(first.filter((each) => this.isCurrent(each)));
    const stretches = courses.map((course) => {
      const { name, run, next } = course;
      const stops = within(ahead.get(name), aheadOf(course), (each) => instantOf(each.standing));
      run.stops.push(...stops.map(({ standing }) => standing));
      if (stops.length < max && next?.start) run.stops.push(next.start);
      const upTo = stops.length < max ? startOf(next) : instantOf(run.stops.at(-1));
      return { tenant: course.tenant, profileKey: course.profileKey, after: run.reached, upTo };
    });
    const entries = groupByProfile(
      inOrder(await archive.sequentialEntries(transaction, stretches)),
    );
    for (const [index, { name, run }] of courses.entries()) {
      const { after, upTo } = stretches[index] ?? { after: END, upTo: END };
      run.entries.push(...within(entries.get(name), { after, upTo }, (each) => each.occurredAt));
      run.reached = upTo;
    }
  }
}

/** Instants before which a checkpoint has to be looked up. */
function insideOf({ tenant, profileKey, instants, isWhole }: Disturbance, end?: Standing) {
  if (isWhole) return [];
  const inside = [...instants].filter((at) => end === undefined || at <= instantOf(end));
  return inside.map((at) => ({ tenant, profileKey, at }));
}

function spansIn({ instants, isWhole }: Disturbance, standings: readonly Standing[]): Span[] {
  if (isWhole) return [{ start: undefined, last: END }];
  return spansOf(
    [...instants].sort((a, b) => a - b),
    standings,
  );
}

function coursesOf({ name, tenant, profileKey, runs }: Timeline): Course[] {
  const open = runs.filter(isOpen);
  return open.map((run, index) => ({ name, tenant, profileKey, run, next: open[index + 1] }));
}

const startOf = (run: Run | undefined): number => (run === undefined ? END : instantOf(run.start));

/** Where a run may stop. */
function aheadOf({ tenant, profileKey, run, next }: Course): Stretch {
  const after = Math.max(run.last - 1, run.reached);
  return { tenant, profileKey, after, upTo: startOf(next) - 1 };
}

/** Items in order, of which only those in the stretch are wanted. */
function within<Item>(
  items: readonly Item[] = [],
  { after, upTo }: Pick<Stretch, 'after' | 'upTo'>,
  at: (item: Item) => number,
): Item[] {
  const first = firstAfter(items, after, at);
  return items.slice(first, Math.max(first, firstAfter(items, upTo, at)));
}

function firstAfter<Item>(
  items: readonly Item[],
  instant: number,
  at: (item: Item) => number,
): number {
  let low = 0;
  for (let high = items.length; low < high;) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && at(item) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
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
