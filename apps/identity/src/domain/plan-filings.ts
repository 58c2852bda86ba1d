/**
 * What new winners do to the evidence of filings. A filing is *structural* when its change can reach anybody: it is new, its
 * first evidence moved, or it lost or regained all (and its last, where a rule asks for the latest evidence).
 * Everything else only counts: that is the fast path, and almost everything.
 */
import { compareEvidence, cover, sameSpan } from './evidence.js';
import type { Evidence, Span } from './evidence.js';
import type { NewWinner } from './fold-arrivals.js';
import type { FilingRow } from './state.js';

export interface FilingDraft {
  readonly filing: string;
  readonly unit: string;
  readonly tenant: string;
  readonly before: FilingRow | undefined;
  readonly added: Evidence[];
  readonly removed: Evidence[];
  /** Interactions that came, minus those that left, withdrawn ones too. */
  total: number;
}

export function draftFilings(
  winners: readonly NewWinner[],
  stored: ReadonlyMap<string, FilingRow>,
): ReadonlyMap<string, FilingDraft> {
  const drafts = new Map<string, FilingDraft>();
  for (const { sighting, filing, unit, previous } of winners) {
    const { tenant } = sighting;
    addTo(draftOf(drafts, { filing, unit, tenant, before: stored.get(filing) }), sighting);
    const old = previous && stored.get(previous.filing);
    if (!old || !previous) continue;
    const from = draftOf(drafts, { filing: old.filing, unit: old.unit, tenant, before: old });
    removeFrom(from, previous);
  }
  for (const draft of drafts.values()) cancelOut(draft);
  return drafts;
}

type Filed = Evidence & { readonly isWithdrawn: boolean };

export function addTo(draft: FilingDraft, { at, source, id, isWithdrawn }: Filed): void {
  draft.total += 1;
  if (!isWithdrawn) draft.added.push({ at, source, id });
}

export function removeFrom(draft: FilingDraft, { at, source, id, isWithdrawn }: Filed): void {
  draft.total -= 1;
  if (!isWithdrawn) draft.removed.push({ at, source, id });
}

export function draftOf(
  drafts: Map<string, FilingDraft>,
  filing: Pick<FilingDraft, 'filing' | 'unit' | 'tenant' | 'before'>,
): FilingDraft {
  const known = drafts.get(filing.filing);
  if (known) return known;
  const draft: FilingDraft = { ...filing, added: [], removed: [], total: 0 };
  drafts.set(filing.filing, draft);
  return draft;
}

/** A version that changes neither time nor filing takes away what it adds. */
function cancelOut(draft: FilingDraft): void {
  if (draft.removed.length === 0) return;
  for (const [index, evidence] of [...draft.removed.entries()].reverse()) {
    const same = draft.added.findIndex((other) => compareEvidence(other, evidence) === 0);
    if (same < 0) continue;
    draft.added.splice(same, 1);
    draft.removed.splice(index, 1);
  }
}

export function countAfter(draft: FilingDraft): number {
  return (draft.before?.count ?? 0) + draft.added.length - draft.removed.length;
}

/** True when the span must be read again from the interactions: an end of it went away. */
export function losesAnEnd(draft: FilingDraft): boolean {
  const span = draft.before?.span;
  if (!span || draft.removed.length === 0 || countAfter(draft) === 0) return false;
  return draft.removed.some(
    (gone) => compareEvidence(gone, span.first) === 0 || compareEvidence(gone, span.last) === 0,
  );
}

export function spanAfter(draft: FilingDraft, reread: Span | undefined): Span | null {
  if (countAfter(draft) === 0) return null;
  if (losesAnEnd(draft)) return reread ?? null;
  let span = draft.before?.span ?? undefined;
  for (const evidence of draft.added) span = cover(span, { first: evidence, last: evidence });
  return span ?? null;
}

export function totalAfter(draft: FilingDraft): number {
  return (draft.before?.total ?? 0) + draft.total;
}

export function isStructural(draft: FilingDraft, after: Span | null, hasLast: boolean): boolean {
  const { before } = draft;
  if (!before || (before.total === 0) !== (totalAfter(draft) === 0)) return true;
  if (!before.span || !after) return before.span !== after;
  if (hasLast) return !sameSpan(before.span, after);
  return compareEvidence(before.span.first, after.first) !== 0;
}
