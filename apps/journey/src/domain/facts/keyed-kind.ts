/**
 * The one shape of a keyed fact: derived, without state, from the interactions that share its key, wherever they are filed.
 * The fact belongs to the profile of the interaction that opens it. Adding a kind is one file of this shape and its line in
 * `derive.ts`.
 */
import type { FactKind, Interaction } from '#contracts';
import type { DerivedFact } from '../derived-fact.js';
import type { Entry } from '../timeline.js';

export interface KeyedKind {
  readonly kind: FactKind;
  /** Id of the fact that the interaction may count in; undefined when it has no part in this kind. */
  factId(interaction: Interaction): string | undefined;
  /**
   * From all live entries with this id, in timeline order; undefined when they make no fact. What depends on the passing of
   * time reads the watermark (ms) and gives the fact a `finalAt`: it is derived again once the watermark has reached it, and
   * is provisional until then.
   */
  derive(id: string, entries: readonly Entry[], watermark: number): DerivedFact | undefined;
}

/** What every kind fills in the same way. */
export function keyedFact(
  fact: Pick<
    DerivedFact,
    'kind' | 'id' | 'from' | 'to' | 'at' | 'dims' | 'measures' | 'interactions'
  >,
  owner: Entry,
): DerivedFact {
  return { tenant: owner.tenant, profileKey: owner.profileKey, ...fact, status: 'final' };
}

/** A count or span of ms as a source sends it: a whole number, not negative. */
export function whole(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && /^\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return undefined;
  const rounded = Math.round(number);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

export function text(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
