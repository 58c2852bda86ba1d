/**
 * The timeline: a profile's interactions in the one order (occurredAt, source, id), text by code point. An entry is the
 * winning version of one interaction as filed under a profile. Derivations see live entries only: a withdrawn version
 * stays in the archive and has no effect. Positions are never equal: (source, id) is unique in a tenant.
 */
import type { Interaction, InteractionRef } from '#contracts';
import { compareText } from '#kernel';

export interface Entry {
  readonly tenant: string;
  /** Decimal text of the stable internal key; never shown, never hashed. */
  readonly profileKey: string;
  /** ms */
  readonly occurredAt: number;
  readonly interaction: Interaction;
}

export interface Position extends InteractionRef {
  /** ms */
  readonly occurredAt: number;
}

export function comparePositions(a: Position, b: Position): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  return compareText(a.source, b.source) || compareText(a.id, b.id);
}

export function positionOf(entry: Entry): Position {
  const { source, id } = entry.interaction;
  return { occurredAt: entry.occurredAt, source, id };
}

export function inOrder<E extends Entry>(entries: readonly E[]): E[] {
  return [...entries].sort((a, b) => comparePositions(positionOf(a), positionOf(b)));
}
