/** Counts and spans of filings after what came to them and what left. */
import {
  countAfter,
  isStructural,
  losesAnEnd,
  spanAfter,
  totalAfter,
} from '../../domain/plan-filings.js';
import type { FilingDraft } from '../../domain/plan-filings.js';
import type { FilingRow } from '../../domain/state.js';
import type { Site } from './site.js';

export interface Newcomers {
  /** The identifiers of a filing that is not stored yet. */
  readonly namesOf: (filing: string) => readonly string[];
  /** Filings that something brought traits or consents to. */
  readonly withTraits: ReadonlySet<string>;
}

/** Puts the rows into the workspace; returns the structural ones. */
export async function settleFilings(
  site: Site,
  drafts: ReadonlyMap<string, FilingDraft>,
  { namesOf, withTraits }: Newcomers,
): Promise<readonly FilingRow[]> {
  const { transaction, store, workspace } = site;
  const shortened = [...drafts.values()].filter(losesAnEnd).map((draft) => draft.filing);
  const reread = shortened.length > 0 ? await store.spans(transaction, shortened) : [];
  const spans = new Map(reread.map((row) => [row.filing, row.span]));
  const changed: FilingRow[] = [];
  for (const draft of drafts.values()) {
    const span = spanAfter(draft, spans.get(draft.filing));
    const row: FilingRow = {
      ...(draft.before ?? { owner: null, anchor: draft.unit, profileKey: 0, counter: 0 }),
      tenant: draft.tenant,
      filing: draft.filing,
      unit: draft.unit,
      names: draft.before?.names ?? namesOf(draft.filing),
      span,
      count: countAfter(draft),
      total: totalAfter(draft),
      hasTraits: (draft.before?.hasTraits ?? false) || withTraits.has(draft.filing),
    };
    workspace.filings.set(row.filing, row);
    if (isStructural(draft, span, workspace.rulesOf(draft.tenant).hasLast)) changed.push(row);
  }
  return changed;
}
