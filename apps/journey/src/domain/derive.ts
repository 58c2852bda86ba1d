/**
 * The kinds of facts. Keyed facts come from the entries that share their key, without state. Sequential facts come from a fold
 * over the timeline (`fold.ts`, `checkpoint.ts`). Adding a kind is its file and its line in one of the two lists.
 */
import type { FactKind, Interaction } from '#contracts';
import { invariant } from '#kernel';
import type { Folding } from './checkpoint.js';
import { settled } from './deadline.js';
import type { DerivedFact } from './derived-fact.js';
import { cart } from './facts/cart.js';
import { contact } from './facts/contact.js';
import { invitation } from './facts/invitation.js';
import { issue } from './facts/issue.js';
import type { KeyedKind } from './facts/keyed-kind.js';
import { order } from './facts/order.js';
import { promise } from './facts/promise.js';
import { selfservice } from './facts/selfservice.js';
import type { SequentialKind } from './facts/sequential-kind.js';
import { session } from './facts/session.js';
import { stage } from './facts/stage.js';
import { survey } from './facts/survey.js';
import { SequentialFold } from './fold.js';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.js';
import { inOrder, type Entry } from './timeline.js';

const KEYED: readonly KeyedKind[] = [contact, order, survey, promise];
const SEQUENTIAL: readonly SequentialKind[] = [
  session,
  issue,
  cart,
  selfservice,
  invitation,
  stage,
];

/**
 * `version` is raised with every change to sequential kinds: timelines are then folded anew as they are touched, and the rest
 * by a replay. One state in 16 entries is kept: a late entry folds at most twice that again.
 */
export const FOLDING: Folding = {
  version: 1,
  thresholds: DEFAULT_THRESHOLDS,
  kinds: SEQUENTIAL,
  checkpointEvery: 16,
};

/** Keyed facts an interaction may count in: the archive has two columns for them. */
export const KEYED_FACTS_MAX = 2;

const SEQUENTIAL_KINDS: ReadonlySet<FactKind> = new Set(SEQUENTIAL.map(({ kind }) => kind));

/** Ids of the keyed facts that an interaction has a part in. */
export function keyedFactIds(interaction: Interaction): readonly string[] {
  const ids = KEYED.flatMap((kind) => kind.factId(interaction) ?? []);
  invariant(ids.length <= KEYED_FACTS_MAX, 'an interaction counts in at most two keyed facts');
  return ids;
}

/** `entries`: all live ones with this fact id, in any order. */
export function deriveKeyed(
  id: string,
  entries: readonly Entry[],
  watermark: number,
): DerivedFact | undefined {
  const ordered = inOrder(entries);
  const [first] = ordered;
  const kind = first && KEYED.find((each) => each.factId(first.interaction) === id);
  const fact = kind?.derive(id, ordered, watermark);
  return fact && settled(fact, watermark);
}

/** Has a part in sequential facts. */
export function isSequential(interaction: Interaction): boolean {
  return SEQUENTIAL.some((kind) => kind.takes(interaction));
}

export function isSequentialKind(kind: FactKind): boolean {
  return SEQUENTIAL_KINDS.has(kind);
}

/** The oracle of every shorter way: all sequential facts of a timeline, folded from the start. */
export function foldSequential(
  entries: readonly Entry[],
  watermark: number,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): DerivedFact[] {
  const fold = new SequentialFold(SEQUENTIAL, {}, thresholds);
  for (const entry of inOrder(entries)) fold.take(entry);
  fold.pass(watermark);
  return [...fold.facts.values()];
}

/** Every kind that is derived. */
export const DERIVED_KINDS: readonly FactKind[] = [...KEYED, ...SEQUENTIAL].map(({ kind }) => kind);
