/** Who moved where, read off the workspace that a change was planned in: also of one that is rolled back. */
import type { FilingRow, IdentifierRow, Move } from '../../domain/state.js';
import type { Workspace } from './workspace.js';

/** The largest first. */
export function movesIn(workspace: Workspace): Move[] {
  const byPath = new Map<string, Move>();
  const add = (before: Placed | undefined, now: Placed, amount: Amount): void => {
    if (!before?.profileKey || !now.profileKey || before.profileKey === now.profileKey) return;
    const path = `${before.profileKey} ${now.profileKey}`;
    const known = byPath.get(path) ?? moveOf(workspace, before.profileKey, now);
    byPath.set(path, {
      ...known,
      identifiers: known.identifiers + amount.identifiers,
      interactions: known.interactions + amount.interactions,
    });
  };
  for (const row of workspace.identifiers.changed()) {
    add(workspace.identifiers.stored(row.name), row, { identifiers: 1, interactions: 0 });
  }
  for (const row of workspace.filings.changed()) {
    add(workspace.filings.stored(row.filing), row, { identifiers: 0, interactions: row.count });
  }
  return [...byPath.values()].sort(
    (a, b) =>
      b.interactions - a.interactions ||
      b.identifiers - a.identifiers ||
      (a.from + a.to < b.from + b.to ? -1 : 1),
  );
}

type Placed = FilingRow | IdentifierRow;
type Amount = Pick<Move, 'identifiers' | 'interactions'>;

function moveOf(workspace: Workspace, fromKey: number, now: Placed): Move {
  const toKey = now.profileKey ?? 0;
  const isGone = workspace.profiles.get(fromKey)?.isGone === true;
  const isNew = workspace.profiles.stored(toKey) === undefined;
  return {
    kind: isGone ? 'joined' : isNew ? 'split' : 'moved',
    tenant: now.tenant,
    from: workspace.profiles.stored(fromKey)?.profileId ?? '',
    to: workspace.profiles.get(toKey)?.profileId ?? '',
    identifiers: 0,
    interactions: 0,
  };
}
