import { conversationOfData } from '#contracts';
import type { PostedInteraction } from './simulation.js';

/** Item → group. Names of groups mean nothing but equality. */
export type Partition = ReadonlyMap<string, string>;

export interface PairwiseScore {
  readonly items: number;
  /** Pairs put together that belong together / pairs put together. 1 when no pair was put together. */
  readonly precision: number;
  /** Pairs put together that belong together / pairs that belong together. 1 when none does. */
  readonly recall: number;
  readonly f1: number;
}

/**
 * Pairwise precision and recall of a partition against the truth, over the items of the truth, without enumerating pairs:
 * a cell of n items that share group and truth holds n(n−1)/2 good pairs (Hubert & Arabie 1985, the table behind the Rand
 * index). An item that the partition does not know is alone.
 */
export function pairwiseScore(partition: Partition, truth: Partition): PairwiseScore {
  const cells = new Map<string, number>();
  const groups = new Map<string, number>();
  const classes = new Map<string, number>();
  for (const [item, person] of truth) {
    const group = partition.get(item) ?? `alone\u001f${item}`;
    count(cells, `${group}\u001f${person}`);
    count(groups, group);
    count(classes, person);
  }
  const good = pairs(cells);
  const together = pairs(groups);
  const belonging = pairs(classes);
  const precision = together === 0 ? 1 : good / together;
  const recall = belonging === 0 ? 1 : good / belonging;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { items: truth.size, precision, recall, f1 };
}

/** Names an interaction in a partition. */
export function interactionName({ source, id }: { source: string; id: string }): string {
  return `${source}\u001f${id}`;
}

/**
 * The plain baseline: whatever shares an identifier or a conversation is one person. No limits, no shared devices, no hubs.
 * References (`about`, `orderId`) count as conversations, as they do in ingestion.
 */
export function connectedComponents(interactions: readonly PostedInteraction[]): Partition {
  const forest = new Forest();
  for (const interaction of interactions) {
    const item = `i\u001f${interactionName(interaction)}`;
    forest.add(item);
    for (const { type, value } of interaction.identifiers ?? []) {
      forest.join(item, `v\u001f${type}\u001f${value}`);
    }
    const conversation = conversationOf(interaction);
    if (conversation) forest.join(item, `c\u001f${interaction.source}\u001f${conversation}`);
  }
  return new Map(
    interactions.map((interaction) => {
      const name = interactionName(interaction);
      return [name, forest.root(`i\u001f${name}`)];
    }),
  );
}

function conversationOf({ conversation, data }: PostedInteraction): string | undefined {
  return conversation ?? conversationOfData(data ?? {});
}

/** Union–find with path halving. */
class Forest {
  private readonly parents = new Map<string, string>();

  add(node: string): void {
    if (!this.parents.has(node)) this.parents.set(node, node);
  }

  root(node: string): string {
    this.add(node);
    let current = node;
    for (;;) {
      const parent = this.parents.get(current) ?? current;
      if (parent === current) return current;
      const above = this.parents.get(parent) ?? parent;
      this.parents.set(current, above);
      current = above;
    }
  }

  join(a: string, b: string): void {
    const [x, y] = [this.root(a), this.root(b)];
    if (x !== y) this.parents.set(y, x);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function pairs(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const size of counts.values()) sum += (size * (size - 1)) / 2;
  return sum;
}
