/** What a change of calls does to people, read off the workspace that it was planned in: also of one that is rolled back. */
import type { FilingRow, IdentifierRow } from '../../domain/state.js';
import type { Workspace } from '../resolving/workspace.js';

/** Moves and ids that are shown; the totals count all. */
const SHOWN_MAX = 100;

export interface Move {
  /** Profile ids, before and after. */
  readonly from: string;
  readonly to: string;
  readonly identifiers: number;
  readonly interactions: number;
}

export interface Consequence {
  readonly profilesBefore: readonly string[];
  readonly profilesAfter: readonly string[];
  readonly moves: readonly Move[];
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
  const moves = new Moves(workspace);
  for (const row of workspace.identifiers.changed()) {
    moves.add(workspace.identifiers.stored(row.name), row, { identifiers: 1, interactions: 0 });
  }
  for (const row of workspace.filings.changed()) {
    const amount = { identifiers: 0, interactions: row.count };
    moves.add(workspace.filings.stored(row.filing), row, amount);
  }
  const all = moves.all();
  return {
    profilesBefore: before.slice(0, SHOWN_MAX),
    profilesAfter: after.slice(0, SHOWN_MAX),
    moves: all.slice(0, SHOWN_MAX),
    profiles: new Set([...before, ...after]).size,
    identifiers: all.reduce((sum, move) => sum + move.identifiers, 0),
    interactions: all.reduce((sum, move) => sum + move.interactions, 0),
  };
}

function idsOf(rows: readonly ({ profileId: string; isGone: boolean } | undefined)[]): string[] {
  return rows.flatMap((row) => (row && !row.isGone ? [row.profileId] : [])).sort();
}

type Amount = Pick<Move, 'identifiers' | 'interactions'>;

class Moves {
  private readonly byPath = new Map<string, Move>();

  constructor(private readonly workspace: Workspace) {}

  add(
    before: FilingRow | IdentifierRow | undefined,
    now: FilingRow | IdentifierRow,
    amount: Amount,
  ): void {
    if (!before?.profileKey || !now.profileKey || before.profileKey === now.profileKey) return;
    const from = this.workspace.profiles.stored(before.profileKey)?.profileId ?? '';
    const to = this.workspace.profiles.get(now.profileKey)?.profileId ?? '';
    const known = this.byPath.get(`${from} ${to}`) ?? { from, to, identifiers: 0, interactions: 0 };
    this.byPath.set(`${from} ${to}`, {
      from,
      to,
      identifiers: known.identifiers + amount.identifiers,
      interactions: known.interactions + amount.interactions,
    });
  }

  /** The largest first. */
  all(): Move[] {
    return [...this.byPath.values()].sort(
      (a, b) =>
        b.interactions - a.interactions ||
        b.identifiers - a.identifiers ||
        (a.from + a.to < b.from + b.to ? -1 : 1),
    );
  }
}
