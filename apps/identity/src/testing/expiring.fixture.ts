/** What is left of a history when all went that occurred before an instant. */
import fc from 'fast-check';
import { takesPlaceOf } from '../domain/evidence.js';
import type { Sighting } from '../domain/resolve-from-scratch.js';
import { hashOf } from './erasing.fixture.js';

/** Histories lie between 1 and 40 seconds; the second instant is later. */
export const horizonsArbitrary = fc
  .tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 15 }))
  .map(([first, more]) => [first * 1_000, (first + more) * 1_000] as const);

/** The version that stands decides for all of an interaction. */
export function keptFrom(horizon: number, history: readonly Sighting[]): readonly Sighting[] {
  const winners = new Map<string, Sighting>();
  for (const sighting of history) {
    const current = winners.get(hashOf(sighting));
    if (!current || takesPlaceOf(sighting, current)) winners.set(hashOf(sighting), sighting);
  }
  return history.filter((sighting) => (winners.get(hashOf(sighting))?.at ?? 0) >= horizon);
}
