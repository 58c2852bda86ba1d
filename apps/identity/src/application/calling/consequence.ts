/** What a change of calls does to people, with totals; shown before it happens and after. */
import type { Move } from '../../domain/state.js';
import { movesIn } from '../resolving/moves.js';
import type { Workspace } from '../resolving/workspace.js';

/** Moves and ids that are shown; the totals count all. */
const SHOWN_MAX = 100;

export interface Consequence {
  readonly profilesBefore: readonly string[];
  readonly profilesAfter: readonly string[];
  readonly moves: readonly Omit<Move, 'tenant'>[];
  /** Profiles that lose, gain, or change their id. */
  readonly profiles: number;
  readonly identifiers: number;
  readonly interactions: number;
}

export const NO_CONSEQUENCE: Consequence = {
  profilesBefore: [],
  profilesAfter: [],
  moves: [],
  profiles: 0,
  identifiers: 0,
  interactions: 0,
};

export function consequenceOf(workspace: Workspace, touchedKeys: Iterable<number>): Consequence {
  const keys = [...touchedKeys];
  const before = idsOf(keys.map((key) => workspace.profiles.stored(key)));
  const after = idsOf(keys.map((key) => workspace.profiles.get(key)));
  const moves = movesIn(workspace);
  return {
    profilesBefore: before.slice(0, SHOWN_MAX),
    profilesAfter: after.slice(0, SHOWN_MAX),
    moves: moves.slice(0, SHOWN_MAX).map(({ tenant: _, ...move }) => move),
    profiles: new Set([...before, ...after]).size,
    identifiers: moves.reduce((sum, move) => sum + move.identifiers, 0),
    interactions: moves.reduce((sum, move) => sum + move.interactions, 0),
  };
}

function idsOf(rows: readonly ({ profileId: string; isGone: boolean } | undefined)[]): string[] {
  return rows.flatMap((row) => (row && !row.isGone ? [row.profileId] : [])).sort();
}
