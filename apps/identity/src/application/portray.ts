/** A profile as `profile.changed` tells it: state transfer, at most 1,000 identifiers in the one order. */
import type { ProfileChanged, ProfileIdentifier } from '#contracts';
import { compareNodes } from '../domain/identifier.js';
import type { Node } from '../domain/identifier.js';
import { characterOf } from '../domain/profile.js';
import type { CompiledRules } from '../domain/rules.js';
import type { Portrait, PortraitIdentifier } from './ports.js';

export const IDENTIFIERS_MAX = 1_000;

export function portray(
  portrait: Portrait,
  { rules, revision }: { readonly rules: CompiledRules; readonly revision: number },
): ProfileChanged {
  const { profile } = portrait;
  const ordered = inOrder(portrait.identifiers, rules);
  return {
    tenant: profile.tenant,
    profileKey: String(profile.profileKey),
    profileId: profile.profileId,
    revision,
    formerIds: ordered.map((row) => row.name).filter((name) => name !== profile.profileId),
    identifiers: ordered.map(shown),
    identifierCount: portrait.identifierCount,
    ...characterOf(portrait.traits, portrait.sharedConsents),
  };
}

type Seen = PortraitIdentifier & Node;

export function inOrder(identifiers: readonly PortraitIdentifier[], rules: CompiledRules): Seen[] {
  return identifiers
    .filter((row): row is Seen => row.first !== null)
    .sort((a, b) => compareNodes(a, b, rules))
    .slice(0, IDENTIFIERS_MAX);
}

export function shown(row: Seen): ProfileIdentifier {
  return {
    type: row.type,
    value: row.value,
    standing: row.standing ?? 'person',
    firstSeen: new Date(row.first.at).toISOString(),
    lastSeen: new Date(row.lastAt).toISOString(),
  };
}
