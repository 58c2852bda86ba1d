/** Who has come to share identifiers with whom: shared identifiers are shown, and their consents hold, on every claimant. */
import type { DecisionRow } from '../ports.js';
import type { Workspace } from './workspace.js';

/** With `before`, those too that claim no longer. */
export function newRivals(
  workspace: Workspace,
  decisions: readonly DecisionRow[],
  before: readonly DecisionRow[] | undefined,
): string[] {
  const shared = decisions.filter(({ code }) => code === 'shared-identifier');
  if (!before) {
    return shared.flatMap(({ subject, rivals }) =>
      workspace.identifiers.stored(subject)?.standing === 'shared' ? [] : rivals,
    );
  }
  const [now, then] = [claimsOf(shared), claimsOf(before)];
  const isChanged = (claim: string): boolean => now.has(claim) !== then.has(claim);
  return [...now, ...then].flatMap(([claim, rival]) => (isChanged(claim) ? [rival] : []));
}

function claimsOf(decisions: readonly DecisionRow[]): Map<string, string> {
  return new Map(
    decisions
      .filter(({ code }) => code === 'shared-identifier')
      .flatMap(({ subject, rivals }) => rivals.map((rival) => [`${subject} ${rival}`, rival])),
  );
}
