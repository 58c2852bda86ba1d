/**
 * Why two identifiers are one profile: the shortest chain of links and merge calls between them. One exists whenever they are
 * together, because every join of a solve is made by a link or a merge between members of what it joins. Among equally short
 * chains the earliest evidence decides, so that the same people are explained alike.
 */
import { compareText } from '#kernel';
import { callsInForce } from '../call.js';
import type { Evidence } from '../evidence.js';
import { compareEvidence } from '../evidence.js';
import { pairKey, splitPair } from '../links.js';
import type { KnownCall, Situation } from './situation.js';

export interface Hop {
  readonly from: string;
  readonly to: string;
  /** The earliest that shows it; of a call its own instant. */
  readonly evidence: Evidence;
  readonly call: KnownCall | null;
}

/** `undefined`: there is none inside one profile. */
export function chainBetween(situation: Situation, from: string, to: string): Hop[] | undefined {
  const hops = hopsOf(situation);
  const cameBy = new Map<string, Hop | null>([[from, null]]);
  let frontier = [from];
  while (frontier.length > 0 && !cameBy.has(to)) {
    const next = frontier.flatMap((name) => hops.get(name) ?? []);
    frontier = [];
    for (const hop of next) {
      if (cameBy.has(hop.to)) continue;
      cameBy.set(hop.to, hop);
      frontier.push(hop.to);
    }
  }
  if (!cameBy.has(to)) return undefined;
  const chain: Hop[] = [];
  for (let hop = cameBy.get(to); hop; hop = cameBy.get(hop.from)) chain.unshift(hop);
  return chain;
}

function hopsOf(situation: Situation): Map<string, Hop[]> {
  const { identifiers, links, calls } = situation;
  const hops = new Map<string, Hop[]>();
  const add = (pair: string, evidence: Evidence, call: KnownCall | null): void => {
    const [a, b] = splitPair(pair);
    const profile = identifiers.get(a)?.profileId;
    if (profile === undefined || profile !== identifiers.get(b)?.profileId) return;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = hops.get(from) ?? [];
      known.push({ from, to, evidence, call });
      hops.set(from, known);
    }
  };
  for (const [pair, span] of links) add(pair, span.first, null);
  const { merges } = callsInForce(calls, (name) => identifiers.has(name));
  for (const pair of merges) {
    const call = calls.find((one) => one.kind !== 'unmerge' && pairKey(one.a, one.b) === pair);
    if (call) add(pair, call.evidence ?? evidenceOfCall(call), call);
  }
  for (const known of hops.values()) {
    known.sort((x, y) => compareEvidence(x.evidence, y.evidence) || compareText(x.to, y.to));
  }
  return hops;
}

/** A call stands where an interaction would. */
export function evidenceOfCall({ at, callId }: KnownCall): Evidence {
  return { at, source: 'call', id: callId };
}
