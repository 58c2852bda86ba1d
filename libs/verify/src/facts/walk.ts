/**
 * Facts of what stays open for a while: walked through once a profile, in the one order. Time passes before each interaction
 * (a deadline at the very instant of an interaction comes after it) and at the end up to the watermark. Bounds are published
 * ones: how many items of a kind a profile has open (one more closes the one silent longest, of equal ones the smallest id,
 * final as it stands), how many references an item lists, how long its dimensions are.
 */
import { formatInstant, type FactDims, type FactKind, type Interaction } from '#contracts';
import { compareText, stableHash } from '#kernel';
import { dimsOf, withDims, type Entry, type FactRow, type Ground } from './fact.js';

const REFERENCES = 8;
const REFERENCES_TEXT = 640;
const DIMS_TEXT = 400;
/** When dimensions are too long together, later ones give way. */
const DIMS = [
  'topic',
  'channel',
  'currency',
  'stage',
  'source',
  'queue',
  'touchpoint',
  'product',
  'store',
  'campaign',
  'agent',
] as const;

export interface Item {
  readonly id: string;
  readonly opening: Entry;
  /** Those that it counts, in order. */
  readonly counted: Entry[];
  /** ms */
  to: number;
  at: number;
  dims: FactDims;
  measures: Record<string, number>;
  /** When it is final by time, ms; undefined = it is final by what happened. */
  finalAt: number | undefined;
  isOpen: boolean;
}

export interface Walk<Kept extends Item> {
  readonly kind: FactKind;
  readonly openMax: number;
  takes(interaction: Interaction): boolean;
  /** `open`: the items that still may change, in order of opening. Returns an item that the entry opens. */
  hear(open: readonly Kept[], entry: Entry): Kept | undefined;
  /** What the passing of time alone does to an open item, beside making it final. */
  passTime?(item: Kept, at: number): void;
}

export function walk<Kept extends Item>(ground: Ground, rules: Walk<Kept>): FactRow[] {
  const byProfile = Map.groupBy(
    ground.entries.filter(({ interaction }) => rules.takes(interaction)),
    ({ profileId }) => profileId,
  );
  return [...byProfile.values()].flatMap((entries) => {
    const items: Kept[] = [];
    for (const entry of entries) {
      elapse(items, entry.at - 1, rules);
      const open = items.filter(({ isOpen }) => isOpen);
      const opened = rules.hear(open, entry);
      if (opened === undefined) continue;
      items.push(opened);
      if (open.length === rules.openMax) close(silentLongest(open));
    }
    elapse(items, ground.watermark, rules);
    return items.map((item) => rowOf(rules.kind, item));
  });
}

/** Up to and including `at`. */
function elapse<Kept extends Item>(items: readonly Kept[], at: number, rules: Walk<Kept>): void {
  for (const item of items.filter(({ isOpen }) => isOpen)) {
    rules.passTime?.(item, at);
    if (item.finalAt !== undefined && item.finalAt <= at) item.isOpen = false;
  }
}

/** Final by what happened. */
export function close(item: Item | undefined): void {
  if (item === undefined) return;
  item.finalAt = undefined;
  item.isOpen = false;
}

function silentLongest(open: readonly Item[]): Item | undefined {
  return [...open].sort((a, b) => a.to - b.to || compareText(a.id, b.id))[0];
}

export function newItem(kind: FactKind, tenant: string, opening: Entry): Item {
  const { interaction, at } = opening;
  return {
    id: stableHash(tenant, kind, interaction.source, interaction.id),
    opening,
    counted: [],
    to: at,
    at,
    dims: shortDims(dimsOf([interaction])),
    measures: {},
    finalAt: undefined,
    isOpen: true,
  };
}

export function shortDims(dims: FactDims): FactDims {
  let kept: FactDims = {};
  for (const name of DIMS) {
    const more = withDims({ ...kept, [name]: dims[name] });
    if (JSON.stringify(more).length <= DIMS_TEXT) kept = more;
  }
  return kept;
}

function rowOf(kind: FactKind, item: Item): FactRow {
  const { id, opening, to, at, dims, measures, finalAt, isOpen } = item;
  return {
    kind,
    id,
    profileId: opening.profileId,
    from: formatInstant(opening.at),
    to: formatInstant(to),
    at: formatInstant(at),
    dims,
    measures,
    interactions: { count: item.counted.length, first: listed(item.counted), last: [] },
    status: isOpen ? 'provisional' : 'final',
    ...(finalAt === undefined ? {} : { finalAt: formatInstant(finalAt) }),
  };
}

/** The first ones while there is room, without a gap. */
function listed(counted: readonly Entry[]): { source: string; id: string }[] {
  const references: { source: string; id: string }[] = [];
  let length = 0;
  for (const { interaction } of counted) {
    const { source, id } = interaction;
    length += source.length + id.length;
    if (references.length === REFERENCES || length > REFERENCES_TEXT) break;
    references.push({ source, id });
  }
  return references;
}
