/**
 * Why two identifiers are one customer, or why not, and what would change it. Pure: from the situation alone.
 * Together: the chain. Apart: every recorded reason that stands between the two profiles, the weightiest first; when there is
 * none, they were never seen together.
 */
import type { Identifier, Standing } from '#contracts';
import { callsInForce } from '../call.js';
import type { DecisionCode } from '../decision.js';
import type { Evidence } from '../evidence.js';
import { pairKey, splitPair } from '../links.js';
import type { CompiledRules } from '../rules.js';
import { chainBetween, evidenceOfCall } from './chain.js';
import type { Hop } from './chain.js';
import type { KnownCall, KnownIdentifier, Situation } from './situation.js';

export type ApartCode = DecisionCode | 'never-seen' | 'never-seen-together';

export interface Obstacle {
  readonly code: ApartCode;
  readonly subject: Identifier | null;
  /** How many a profile may hold of `limitType`; of a hub or a wide conversation, how many identifiers it may meet. */
  readonly limit?: number;
  readonly limitType?: string;
  /** Profile ids. */
  readonly rivals: readonly string[];
  readonly evidence: Evidence | null;
  readonly call?: KnownCall;
}

export interface PairExplanation {
  readonly together: boolean;
  /** The one, or both; an end that was never seen has none. */
  readonly profileIds: readonly string[];
  readonly chain: readonly Hop[];
  readonly apart: readonly Obstacle[];
}

export function explainPair(situation: Situation): PairExplanation {
  const { a, b, identifiers } = situation;
  const ends = [a, b].map((end) => (end.status === 'seen' ? identifiers.get(end.name) : undefined));
  const [one, other] = ends;
  const profileIds = [...new Set(ends.flatMap((end) => (end ? [end.profileId] : [])))];
  if (!one || !other) {
    return { together: false, profileIds, chain: [], apart: [a, b].flatMap(unseen) };
  }
  if (one.profileId === other.profileId) {
    const chain = chainBetween(situation, one.name, other.name) ?? [];
    return { together: true, profileIds, chain, apart: [] };
  }
  return { together: false, profileIds, chain: [], apart: obstacles(situation, one, other) };
}

function unseen(end: Situation['a']): Obstacle[] {
  if (end.status === 'seen') return [];
  return [{ code: end.status, subject: end.identifier, rivals: [], evidence: null }];
}

function obstacles(
  situation: Situation,
  a: KnownIdentifier,
  b: KnownIdentifier,
): readonly Obstacle[] {
  const found = [
    ...byCalls(situation, a, b),
    ...byDecisions(situation, a, b),
    ...situation.conversations.map(({ note, evidence }): Obstacle => ({
      code: note,
      subject: null,
      ...(note === 'wide-conversation' && { limit: situation.rules.rules.conversationLimit }),
      rivals: [a.profileId, b.profileId],
      evidence,
    })),
    ...situation.refusals.map(({ code, type, value, evidence }): Obstacle => ({
      code,
      subject: { type, value },
      rivals: [a.profileId, b.profileId],
      evidence,
    })),
  ];
  if (found.length > 0) return found;
  const silent = byStanding(situation, [a, b]);
  if (silent) return [silent];
  const rivals = [a.profileId, b.profileId];
  return [{ code: 'never-seen-together', subject: null, rivals, evidence: null }];
}

/** Unmerge calls between the two profiles. */
function byCalls(situation: Situation, a: KnownIdentifier, b: KnownIdentifier): Obstacle[] {
  const { calls, identifiers } = situation;
  const { negatives } = callsInForce(calls, (name) => identifiers.has(name));
  const between = new Set([a.profileId, b.profileId]);
  return [...negatives].flatMap((pair): Obstacle[] => {
    const ends = splitPair(pair).map((name) => identifiers.get(name));
    const held = new Set(ends.map((end) => end?.profileId ?? ''));
    if (held.size < 2 || ![...held].every((id) => between.has(id))) return [];
    const call = calls
      .filter((one) => one.kind === 'unmerge' && pairKey(one.a, one.b) === pair)
      .reduce<KnownCall | undefined>((x, y) => (x && x.at >= y.at ? x : y), undefined);
    const [subject = null] = ends;
    if (!call) return [];
    const evidence = evidenceOfCall(call);
    return [
      {
        code: 'negative-link',
        subject: subject && plain(subject),
        rivals: [...held],
        evidence,
        call,
      },
    ];
  });
}

const WEIGHT: readonly DecisionCode[] = [
  'negative-link',
  'limit-reached',
  'shared-identifier',
  'hub',
];

function byDecisions(situation: Situation, a: KnownIdentifier, b: KnownIdentifier): Obstacle[] {
  const { decisions, identifiers } = situation;
  const hasCall = byCalls(situation, a, b).length > 0;
  return decisions
    .filter(({ code }) => code !== 'negative-link' || !hasCall)
    .filter(({ code, subject, rivals }) => {
      const known = identifiers.get(subject);
      if (!known) return false;
      const sides = new Set([known.profileId, ...rivals]);
      if (sides.has(a.profileId) && sides.has(b.profileId)) return true;
      const isEnd = known.name === a.name || known.name === b.name;
      return (code === 'hub' && isEnd) || touchesBoth(situation, known, [a, b]);
    })
    .sort((x, y) => WEIGHT.indexOf(x.code) - WEIGHT.indexOf(y.code))
    .map(({ code, subject, rivals, evidence }): Obstacle => {
      const known = identifiers.get(subject);
      return {
        code,
        subject: known ? plain(known) : null,
        ...limitOf(situation, code, [a.profileId, b.profileId, ...rivals]),
        rivals,
        evidence,
      };
    });
}

const BY_STANDING = {
  overflow: 'limit-reached',
  shared: 'shared-identifier',
  hub: 'hub',
} as const satisfies Partial<Record<Standing, DecisionCode>>;

/**
 * Linked, and nothing was refused: an overflow profile claims nothing where a person does, and what it was refused earlier
 * names another of its identifiers. Its standing is the reason.
 */
function byStanding(
  situation: Situation,
  ends: readonly [KnownIdentifier, KnownIdentifier],
): Obstacle | undefined {
  const { links, identifiers } = situation;
  const ids = ends.map((end) => end.profileId);
  for (const [pair, { first }] of links) {
    const members = splitPair(pair).map((name) => identifiers.get(name));
    if (!members.every((one) => one && ids.includes(one.profileId))) continue;
    const weak = members.find((one) => one && one.standing !== 'person');
    if (!weak || weak.standing === 'person') continue;
    const code = BY_STANDING[weak.standing];
    const limit = limitOf(situation, code, ids);
    return { code, subject: plain(weak), ...limit, rivals: ids, evidence: first };
  }
  return undefined;
}

/** True when the identifier is in, or linked to, each of both profiles. */
function touchesBoth(
  { links, identifiers }: Situation,
  subject: KnownIdentifier,
  ends: readonly KnownIdentifier[],
): boolean {
  const met = new Set([subject.profileId]);
  for (const pair of links.keys()) {
    const names = splitPair(pair);
    if (!names.includes(subject.name)) continue;
    for (const name of names) met.add(identifiers.get(name)?.profileId ?? '');
  }
  return ends.every(({ profileId }) => met.has(profileId));
}

/** The type of which the first two profiles that exceed a limit would hold too many together. */
function limitOf(
  { counts, rules }: Situation,
  code: DecisionCode,
  profileIds: readonly string[],
): Pick<Obstacle, 'limit' | 'limitType'> {
  if (code === 'hub') return { limit: rules.rules.hubLimit };
  if (code === 'negative-link') return {};
  const ids = [...new Set(profileIds)];
  for (const [index, one] of ids.entries()) {
    const types = ids.slice(index + 1).flatMap((other) => excessive(counts, [one, other], rules));
    const [type] = types;
    if (type !== undefined) {
      return { limit: rules.strength(type).perProfile, limitType: type };
    }
  }
  return {};
}

/** Types of which both profiles bring some, and together too many. */
function excessive(
  counts: Situation['counts'],
  [one, other]: readonly [string, string],
  rules: CompiledRules,
): string[] {
  return [...(counts.get(one) ?? [])]
    .filter(([type, count]) => {
      const more = counts.get(other)?.get(type) ?? 0;
      return more > 0 && count + more > rules.strength(type).perProfile;
    })
    .map(([type]) => type);
}

function plain({ type, value }: Identifier): Identifier {
  return { type, value };
}
