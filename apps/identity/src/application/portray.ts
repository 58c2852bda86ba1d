/** A profile as `profile.changed` tells it: state transfer, at most 1,000 identifiers in the one order. */
import type { ProfileChanged, ProfileIdentifier } from '#contracts';
import { compareNodes } from '../domain/identifier.js';
import type { Node } from '../domain/identifier.js';
import { characterOf } from '../domain/profile.js';
import type { CompiledRules } from '../domain/rules.js';
import type { IdentifierRow, ProfileRow } from '../domain/state.js';
import type { Portrait, Sitting } from './ports.js';

const IDENTIFIERS_MAX = 1_000;

/** Room for the first 1,000 in the one order, told from the counts alone; equally strong types may each bring as many. */
export function sit(profile: ProfileRow, rules: CompiledRules): Sitting {
  const types = Object.entries(profile.counts)
    .flatMap(([type, count]) => {
      const strength = rules.strengthOf(type);
      return strength ? [{ type, count, level: strength.level }] : [];
    })
    .sort((a, b) => a.level - b.level);
  const rooms = types.map(({ type, level, count }) => {
    const stronger = types.filter((other) => other.level < level);
    const before = stronger.reduce((sum, other) => sum + other.count, 0);
    return { type, room: Math.min(count, IDENTIFIERS_MAX - before) };
  });
  return { profile, types: rooms.filter(({ room }) => room > 0) };
}

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
    identifierCount: countIdentifiers(profile),
    ...characterOf(portrait.traits, portrait.sharedConsents),
  };
}

export function countIdentifiers({ counts }: ProfileRow): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export function inOrder<Row extends IdentifierRow>(
  identifiers: readonly Row[],
  rules: CompiledRules,
): (Row & Node)[] {
  return identifiers
    .filter((row): row is Row & Node => row.first !== null)
    .sort((a, b) => compareNodes(a, b, rules))
    .slice(0, IDENTIFIERS_MAX);
}

function shown(row: IdentifierRow & Node): ProfileIdentifier {
  return {
    type: row.type,
    value: row.value,
    standing: row.standing ?? 'person',
    firstSeen: new Date(row.first.at).toISOString(),
  };
}

export interface ShownIdentifier extends ProfileIdentifier {
  readonly lastSeen: string;
}

/** For readers; the topic leaves the latest sight out: it would have to be published with every visit. */
export function shownWithLast(
  row: IdentifierRow & Node & { readonly lastAt: number },
): ShownIdentifier {
  return { ...shown(row), lastSeen: new Date(row.lastAt).toISOString() };
}
