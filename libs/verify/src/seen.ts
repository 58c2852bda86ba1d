/**
 * One record per (source, id): the highest version; among equals the earliest `occurredAt`, then the smallest hash of the
 * content. The one order of what was seen is (occurredAt, source, id), text by code point.
 */
import { erasureOf, parseInstant, type Interaction } from '#contracts';
import { compareText, stableHash } from '#kernel';

export interface Seen {
  readonly interaction: Interaction;
  /** ms */
  readonly at: number;
  readonly contentHash: string;
  readonly isWithdrawn: boolean;
}

export function compareSeen(a: Seen, b: Seen): number {
  return (
    a.at - b.at ||
    compareText(a.interaction.source, b.interaction.source) ||
    compareText(a.interaction.id, b.interaction.id)
  );
}

export const nameOf = ({ source, id }: { readonly source: string; readonly id: string }): string =>
  JSON.stringify([source, id]);

/** In the one order. */
export function winners(interactions: readonly Interaction[]): Seen[] {
  const best = new Map<string, Seen>();
  for (const interaction of interactions) {
    const seen = seenAs(interaction);
    const rival = best.get(nameOf(interaction));
    if (rival === undefined || isBetter(seen, rival)) best.set(nameOf(interaction), seen);
  }
  return [...best.values()].sort(compareSeen);
}

function isBetter(a: Seen, b: Seen): boolean {
  const [x, y] = [a.interaction.version, b.interaction.version];
  if (x !== y) return x > y;
  return a.at === b.at ? compareText(a.contentHash, b.contentHash) < 0 : a.at < b.at;
}

function seenAs(interaction: Interaction): Seen {
  return {
    interaction,
    at: parseInstant(interaction.occurredAt) ?? Number.NaN,
    contentHash: contentHashOf(interaction),
    isWithdrawn: interaction.withdrawn === true,
  };
}

/** Something in it was erased: the hash of what was sent does not follow from what is kept. */
export const isHaunted = ({ identifiers }: Interaction): boolean =>
  identifiers.some((identifier) => erasureOf(identifier) !== undefined);

/** Over everything but `receivedAt`, in the order in which the record has it. */
export function contentHashOf({ receivedAt: _, ...content }: Interaction): string {
  return stableHash(JSON.stringify(content));
}
