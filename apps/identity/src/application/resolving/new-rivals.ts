/** Who has come to share identifiers with whom: shared identifiers are shown, and their consents hold, on every claimant. */
import { splitPair } from '../../domain/links.js';
import type { DecisionRow } from '../ports.js';
import type { Workspace } from './workspace.js';

/**
 * Keys of profiles that claim a shared identifier since this change, or do so no longer.
 * @param before all decisions until now, when everybody was solved
 */
export function newRivals(
  workspace: Workspace,
  decisions: readonly DecisionRow[],
  before: readonly DecisionRow[] | undefined,
): number[] {
  const keyOf = (name: string): number => workspace.identifiers.get(name)?.profileKey ?? 0;
  const shared = decisions.filter(({ code }) => code === 'shared-identifier');
  if (!before) return [...ofFreshlyShared(workspace, shared), ...byLink(workspace)].map(keyOf);
  const [now, then] = [claimsOf(shared), claimsOf(before)];
  const isChanged = (claim: string): boolean => now.has(claim) !== then.has(claim);
  return [...now, ...then].flatMap(([claim, rival]) => (isChanged(claim) ? [keyOf(rival)] : []));
}

function wasShared(workspace: Workspace, name: string): boolean {
  return workspace.identifiers.stored(name)?.standing === 'shared';
}

function ofFreshlyShared(workspace: Workspace, shared: readonly DecisionRow[]): string[] {
  return shared.flatMap(({ subject, rivals }) => (wasShared(workspace, subject) ? [] : rivals));
}

/** What was linked to an identifier that was shared already, or is no longer. */
function byLink(workspace: Workspace): string[] {
  const came = workspace.links
    .changed()
    .flatMap((link) => (link && !workspace.links.stored(link.pair) ? [link.pair] : []));
  return [...came, ...workspace.goneLinks()].flatMap((pair) => {
    const ends = splitPair(pair);
    return ends.some((name) => wasShared(workspace, name)) ? ends : [];
  });
}

function claimsOf(decisions: readonly DecisionRow[]): Map<string, string> {
  return new Map(
    decisions
      .filter(({ code }) => code === 'shared-identifier')
      .flatMap(({ subject, rivals }) => rivals.map((rival) => [`${subject} ${rival}`, rival])),
  );
}
