/**
 * What a change of rules would ask of interactions themselves. A filing is named by what it carries that counts, and by its
 * conversation: rules that read either otherwise file interactions elsewhere, and that takes their bodies, which identity does
 * not keep. Everything else (order of types, limits, policies) follows from filings as they are.
 * Invariant: under rules without such a need, every stored filing is the one that the new rules would name.
 */
import type { Identifier } from '#contracts';
import type { CompiledRules, IdentityRules } from './rules.js';

/** Why rules cannot come into force over what is stored. */
export interface ReplayNeed {
  /** Into the rules. */
  readonly pointer: string;
  readonly detail: string;
  readonly interactions: number;
}

export interface Carried extends Identifier {
  readonly interactions: number;
}

export interface StoredReading {
  /** Identifiers that filings are named by; without value where only what remains of somebody erased names one. */
  readonly counting: readonly Carried[];
  /** Values that were refused. */
  readonly refused: readonly Carried[];
  /** Interactions in conversations, by source. */
  readonly conversations: ReadonlyMap<string, number>;
}

/** Whether anything stored could be read otherwise: when not, there is nothing to look at. */
export function readsOtherwise(old: IdentityRules, next: IdentityRules): boolean {
  const types = (rules: IdentityRules): string =>
    JSON.stringify([...new Set(rules.levels.flat().map(({ type }) => type))].sort());
  const blocked = (rules: IdentityRules): string =>
    JSON.stringify([...new Set(rules.blocked.map((value) => value.toLowerCase()))].sort());
  return (
    types(old) !== types(next) ||
    blocked(old) !== blocked(next) ||
    movedSources(old, next).length > 0
  );
}

export function replayNeeds(
  stored: StoredReading,
  old: CompiledRules,
  next: CompiledRules,
): ReplayNeed[] {
  const isCounting = ({ type, value }: Identifier): boolean =>
    next.strengthOf(type) !== undefined && (value === '' || !next.isBlocked(value));
  const [noType, blocked] = split(
    stored.counting.filter((one) => !isCounting(one)),
    ({ type }) => next.strengthOf(type) === undefined,
  );
  const [newType, unblocked] = split(
    stored.refused.filter(isCounting),
    ({ type }) => old.strengthOf(type) === undefined,
  );
  const moved = movedSources(old.rules, next.rules).map((source) => ({
    pointer: `/conversationSpaces/${source.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    detail: `conversations of ${source} would have other names`,
    interactions: stored.conversations.get(source) ?? 0,
  }));
  return [
    need('/levels', 'carry identifiers of types that would be none', noType),
    need('/levels', 'carried identifiers of types that would become some', newType),
    need('/blocked', 'carry values that would be blocked', blocked),
    need('/blocked', 'carried values that would be blocked no longer', unblocked),
    ...moved,
  ].filter(({ interactions }) => interactions > 0);
}

function need(pointer: string, detail: string, carried: readonly Carried[]): ReplayNeed {
  const interactions = carried.reduce((sum, one) => sum + one.interactions, 0);
  return { pointer, detail, interactions };
}

function split<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** Sources whose conversations would have other names. */
function movedSources(
  { conversationSpaces: old }: IdentityRules,
  { conversationSpaces: next }: IdentityRules,
): string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((source) => old[source] !== next[source])
    .sort();
}
