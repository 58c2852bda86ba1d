/**
 * What the sequential kinds of this folder share. An open item is a fact that may still change, with what its kind needs to
 * change it; its `finalAt` is the deadline at which nothing can change it any more. A state is a list of open items in the
 * order in which they were opened, so equal items are equal JSON. Lists have a named maximum: one more closes the item that
 * has been silent longest (of equal ones the smallest id), final as it stands and without a `finalAt`. References and names
 * are bounded too, so that all states of a profile together stay small.
 */
import type { FactDims, Interaction } from '#contracts';
import { stableHash } from '#kernel';
import {
  dimsOf,
  NO_INTERACTIONS,
  present,
  type DerivedFact,
  type FactInteractions,
} from '../derived-fact.js';
import type { Entry } from '../timeline.js';
import type { Evolved } from './sequential-kind.js';

/** References of an open item, and their text in all: 8 of the usual length. */
export const ITEM_REFERENCES_MAX = 8;
export const ITEM_REFERENCES_TEXT_MAX = 640;
/** JSON text of the dimensions of an open item; the ones later in this order go first when names are very long. */
export const ITEM_DIMS_TEXT_MAX = 400;
const DIMS_BY_WEIGHT = [
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

export interface OpenItem {
  readonly fact: DerivedFact;
}

/** A fact as its first interaction opens it, named after it. */
export function openedFact(kind: DerivedFact['kind'], entry: Entry): DerivedFact {
  const { tenant, profileKey, occurredAt, interaction } = entry;
  const { source, id } = interaction;
  return {
    tenant,
    kind,
    id: stableHash(tenant, kind, source, id),
    profileKey,
    from: occurredAt,
    to: occurredAt,
    at: occurredAt,
    dims: itemDims(dimsOf(interaction)),
    measures: {},
    interactions: NO_INTERACTIONS,
    status: 'provisional',
  };
}

export function itemDims(dims: FactDims): FactDims {
  let kept: FactDims = {};
  for (const name of DIMS_BY_WEIGHT) {
    const more = present({ ...kept, [name]: dims[name] });
    if (JSON.stringify(more).length <= ITEM_DIMS_TEXT_MAX) kept = more;
  }
  return kept;
}

/** Counts the interaction and lists it while there is room: never one after another was left out. */
export function withItemReference(
  all: FactInteractions,
  { source, id }: Pick<Interaction, 'source' | 'id'>,
): FactInteractions {
  const count = all.count + 1;
  const first = [...all.first, { source, id }];
  const hasRoom = all.count === all.first.length && first.length <= ITEM_REFERENCES_MAX;
  const length = first.reduce((sum, ref) => sum + ref.source.length + ref.id.length, 0);
  if (!hasRoom || length > ITEM_REFERENCES_TEXT_MAX) return { ...all, count };
  return { count, first, last: [] };
}

/** Final by what happened, not by time: it has no deadline any more. */
export function closed({ finalAt: _, ...fact }: DerivedFact): DerivedFact {
  return { ...fact, status: 'final' };
}

export function replaced<Item extends OpenItem>(
  items: readonly Item[],
  item: Item,
): Evolved<readonly Item[]> {
  const state = items.map((each) => (each.fact.id === item.fact.id ? item : each));
  return { state, facts: [item.fact] };
}

export function removed<Item extends OpenItem>(
  items: readonly Item[],
  fact: DerivedFact,
): Evolved<readonly Item[]> {
  return { state: items.filter((each) => each.fact.id !== fact.id), facts: [closed(fact)] };
}

/** Opens an item; beyond the maximum the one silent longest is closed. */
export function opened<Item extends OpenItem>(
  items: readonly Item[],
  item: Item,
  max: number,
): Evolved<readonly Item[]> {
  const all = [...items, item];
  if (all.length <= max) return { state: all, facts: [item.fact] };
  const silent = items.reduce((oldest, each) => (isSilentLonger(each, oldest) ? each : oldest));
  const { state, facts } = removed(all, silent.fact);
  return { state, facts: [...facts, item.fact] };
}

function isSilentLonger({ fact: a }: OpenItem, { fact: b }: OpenItem): boolean {
  return a.to < b.to || (a.to === b.to && a.id < b.id);
}

/** Items whose deadline has passed at `at` are final as they stand. */
export function settleItems<Item extends OpenItem>(
  items: readonly Item[],
  at: number,
): Evolved<readonly Item[]> {
  const isDue = ({ fact }: Item) => fact.finalAt !== undefined && fact.finalAt <= at;
  const facts = items.filter(isDue).map(({ fact }) => ({ ...fact, status: 'final' as const }));
  return { state: items.filter((item) => !isDue(item)), facts };
}

export function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const given = instants.filter((instant) => instant !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

export const factsOf = (items: readonly OpenItem[]): DerivedFact[] => items.map(({ fact }) => fact);
