/**
 * Arrivals of a batch against the stored winners: exact repeats, replaced versions and losers end here. What is left is at
 * most one new winner per (tenant, source, id), with the version that it replaces; between them nothing is published.
 */
import type { Identifier } from '#contracts';
import { nameFiling, takesPlaceOf } from './evidence.js';
import type { FilingName } from './evidence.js';
import { classify } from './identifier.js';
import type { Refused } from './identifier.js';
import { usableConversation } from './resolve-from-scratch.js';
import type { Sighting } from './resolve-from-scratch.js';
import type { CompiledRules } from './rules.js';
import type { WinnerRow } from './state.js';

export interface NewWinner extends FilingName {
  readonly sighting: Sighting;
  /** Position in the batch. */
  readonly index: number;
  readonly usable: readonly Identifier[];
  readonly refused: readonly Refused[];
  readonly previous: WinnerRow | undefined;
  readonly contentCounter: number;
}

export function interactionKey(row: { tenant: string; source: string; id: string }): string {
  return `${row.tenant}\u001f${row.source}\u001f${row.id}`;
}

export function foldArrivals(
  sightings: readonly Sighting[],
  stored: ReadonlyMap<string, WinnerRow>,
  rulesOf: (tenant: string) => CompiledRules,
): readonly NewWinner[] {
  const winners = new Map<string, number>();
  for (const [index, sighting] of sightings.entries()) {
    const key = interactionKey(sighting);
    const known = winners.get(key);
    const current = known === undefined ? stored.get(key) : sightings[known];
    if (!current || takesPlaceOf(sighting, current)) winners.set(key, index);
  }
  const names = new Map<string, FilingName>();
  const folded: NewWinner[] = [];
  for (const [key, index] of winners) {
    const sighting = sightings[index];
    if (!sighting) continue;
    const rules = rulesOf(sighting.tenant);
    const previous = stored.get(key);
    const { usable, refused } = classify(sighting.identifiers, rules);
    const name = fileAs(sighting, usable, { rules, names });
    const contentCounter = (previous?.contentCounter ?? 0) + 1;
    folded.push({ ...name, sighting, index, usable, refused, previous, contentCounter });
  }
  return folded;
}

/** Hashing is the cost here; a batch repeats its visitors. */
function fileAs(
  sighting: Sighting,
  usable: readonly Identifier[],
  { rules, names }: { readonly rules: CompiledRules; readonly names: Map<string, FilingName> },
): FilingName {
  const conversation = usableConversation(sighting.conversation);
  const naming = { ...sighting, conversation, identifiers: usable };
  if (usable.length === 0 && conversation === undefined) return nameFiling(naming, rules);
  const { tenant, source } = sighting;
  const key = JSON.stringify([
    tenant,
    conversation === undefined ? 0 : [source, conversation],
    usable,
  ]);
  const known = names.get(key) ?? nameFiling(naming, rules);
  names.set(key, known);
  return known;
}
