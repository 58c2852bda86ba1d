/** The situation of a pair from people found from scratch: naive, all links and decisions are in it. */
import type { Call } from '../domain/call.js';
import type { AskedEnd, KnownIdentifier, Situation } from '../domain/explaining/situation.js';
import { splitPair } from '../domain/links.js';
import type { People } from '../domain/resolve-from-scratch.js';
import type { CompiledRules } from '../domain/rules.js';

export function situationIn(
  people: People,
  pair: readonly [string, string],
  { calls, rules }: { readonly calls: readonly Call[]; readonly rules: CompiledRules },
): Situation {
  const identifiers = new Map<string, KnownIdentifier>();
  const counts = new Map<string, Map<string, number>>();
  for (const { root, members, standing } of people.profiles) {
    const ofProfile = new Map<string, number>();
    counts.set(root, ofProfile);
    for (const name of members) {
      const { type = '', value = '' } = people.firstSeen.get(name) ?? {};
      identifiers.set(name, { name, type, value, standing, profileId: root });
      ofProfile.set(type, (ofProfile.get(type) ?? 0) + 1);
    }
  }
  const end = (name: string): AskedEnd => {
    const identifier = identifiers.get(name) ?? null;
    return identifier
      ? { status: 'seen', said: `${identifier.type}:${identifier.value}`, name }
      : { status: 'never-seen', said: name, identifier };
  };
  return {
    a: end(pair[0]),
    b: end(pair[1]),
    identifiers,
    links: linksOf(people, pair, identifiers),
    calls: calls.map((call) => ({
      ...call,
      statement: call.kind === 'alias' ? null : { actor: 'agent', reason: 'told' },
      evidence: call.kind === 'alias' ? { at: call.at, source: 'web', id: call.callId } : null,
    })),
    decisions: people.decisions,
    conversations: [],
    refusals: [],
    counts,
    rules,
  };
}

/** As the reader loads them: inside one profile, else those that leave the two. */
function linksOf(
  people: People,
  pair: readonly [string, string],
  identifiers: ReadonlyMap<string, KnownIdentifier>,
): Situation['links'] {
  const profiles = new Set(pair.map((name) => identifiers.get(name)?.profileId));
  return new Map(
    [...people.links].filter(([link]) => {
      const ends = splitPair(link).map((name) => identifiers.get(name)?.profileId);
      const isInside = ends[0] === ends[1];
      return ends.some((id) => profiles.has(id)) && isInside === (profiles.size === 1);
    }),
  );
}
