/**
 * One pass of the solve over nodes in the one order, strength by strength.
 * For identifier n the claimants are the groups of stronger identifiers linked to it, without closed ones, without those
 * that hold a negative link to n, and without overflow groups when a person claims n.
 *   no claimant            → a new group
 *   all fit together       → one group with n
 *   n itself one too many  → n founds an overflow group and takes nothing from anybody (`limit-reached`)
 *   claimants do not fit   → by policy: `split`: n is closed, shared; `first`/`last`: n joins the claimant with the earliest
 *                            / latest link that has room, else overflow (`shared-identifier`)
 * Then the links inside a strength, by earliest evidence: joined if limits and negative links allow and standings are equal.
 * A node of a group held together by merge calls stays in it: it can bring claimants in, never be shared or overflow.
 */
import { invariant } from '#kernel';
import type { SolveCode } from './decision.js';
import { erasureOf } from '#contracts';
import { compareEvidence, cover, earlier } from './evidence.js';
import type { Evidence, Span } from './evidence.js';
import { areFoes, areStrangers, fitsLimits, haveFoes, join, newGroup } from './group.js';
import type { Group, GroupStanding } from './group.js';
import type { Node } from './identifier.js';
import type { CompiledRules } from './rules.js';

export interface Neighbour {
  readonly index: number;
  readonly span: Span;
}

export interface Ground {
  /** In the one order. */
  readonly nodes: readonly Node[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly neighbours: readonly (readonly Neighbour[])[];
  readonly foes: readonly (readonly number[])[];
  readonly closed: readonly ('hub' | 'shared' | undefined)[];
  readonly rules: CompiledRules;
}

export interface Refusal {
  readonly code: SolveCode;
  readonly subject: number;
  readonly rivals: readonly number[];
  readonly evidence: Evidence | null;
}

export interface Assignment {
  readonly groupOf: Group[];
  readonly refusals: Refusal[];
}

interface Pass extends Assignment {
  readonly ground: Ground;
  readonly isHeld: ReadonlySet<number>;
}

/** `held`: bundles of groups of an earlier pass that stay together in this one. */
export function assign(ground: Ground, held: readonly (readonly Group[])[]): Assignment {
  const isHeld = new Set<number>();
  const pass: Pass = { ground, groupOf: [], refusals: [], isHeld };
  for (const bundle of held) {
    const members = bundle.flatMap((group) => group.members);
    const parts = members.map((index) => found(pass, index, 'person'));
    const whole = join(parts, pass.groupOf);
    whole.standing = bundle.every((group) => group.standing === 'overflow') ? 'overflow' : 'person';
    for (const index of members) isHeld.add(index);
  }
  let start = 0;
  while (start < ground.nodes.length) {
    const end = endOfLevel(ground, start);
    for (let index = start; index < end; index++) place(pass, index);
    joinInside(pass, start, end);
    start = end;
  }
  return pass;
}

function levelOf(ground: Ground, index: number): number {
  const node = ground.nodes[index];
  return node ? ground.rules.strength(node.type).level : Infinity;
}

function endOfLevel(ground: Ground, start: number): number {
  const level = levelOf(ground, start);
  let end = start + 1;
  while (end < ground.nodes.length && levelOf(ground, end) === level) end++;
  return end;
}

function single(ground: Ground, index: number, standing: GroupStanding): Group {
  const { type, value } = ground.nodes[index] ?? { type: '', value: '' };
  const erasureId = erasureOf({ value });
  return newGroup({ index, type, foes: ground.foes[index] ?? [], standing, erasureId });
}

function found(pass: Pass, index: number, standing: GroupStanding): Group {
  const group = single(pass.ground, index, standing);
  pass.groupOf[index] = group;
  return group;
}

function groupAt(pass: Pass, index: number): Group {
  const group = pass.groupOf[index];
  invariant(group, 'stronger identifiers are placed before weaker ones');
  return group;
}

function place(pass: Pass, index: number): void {
  const { ground } = pass;
  const closed = ground.closed[index];
  if (closed) {
    found(pass, index, 'closed');
    if (closed === 'hub')
      pass.refusals.push({ code: 'hub', subject: index, rivals: [], evidence: null });
    return;
  }
  const own = pass.isHeld.has(index) ? groupAt(pass, index) : undefined;
  const claims = claimsOf(pass, index, own);
  const claimants = [...claims.keys()];
  if (claimants.length === 0) {
    if (!own) found(pass, index, 'person');
    return;
  }
  const candidate = own ?? single(ground, index, 'person');
  const parts = [...claimants, candidate];
  if (fitsLimits(parts, ground.rules) && !haveFoes(parts)) {
    pass.groupOf[index] = candidate;
    joinAll(pass, parts, claimants);
    return;
  }
  refuse(pass, { index, claims, own });
}

/** The joined group has the claimants' standing; a held group's own outranks it. */
function joinAll(pass: Pass, parts: readonly Group[], claimants: readonly Group[]): void {
  const isPerson = parts.some((part) => part.standing === 'person' && claimants.includes(part));
  const heldPerson = parts.some((part) => part.standing === 'person' && part.members.length > 1);
  const group = join(parts, pass.groupOf);
  group.standing = isPerson || heldPerson ? 'person' : 'overflow';
}

/** Claimants with the span of their links to the node, beside its own group. */
function claimsOf(pass: Pass, index: number, own: Group | undefined): Map<Group, Span> {
  const { ground } = pass;
  const level = levelOf(ground, index);
  const foes = new Set(ground.foes[index] ?? []);
  const claims = new Map<Group, Span>();
  for (const { index: other, span } of ground.neighbours[index] ?? []) {
    if (levelOf(ground, other) >= level) continue;
    const group = groupAt(pass, other);
    if (group === own || group.standing === 'closed') continue;
    const isFoe = own ? areFoes(own, group) : group.members.some((member) => foes.has(member));
    if (isFoe) {
      pass.refusals.push({
        code: 'negative-link',
        subject: index,
        rivals: [other],
        evidence: null,
      });
      continue;
    }
    const known = claims.get(group);
    claims.set(group, cover(known, span));
  }
  if ([...claims.keys()].some((group) => group.standing === 'person')) {
    for (const group of claims.keys()) if (group.standing !== 'person') claims.delete(group);
  }
  return claims;
}

interface Conflict {
  readonly index: number;
  readonly claims: ReadonlyMap<Group, Span>;
  readonly own: Group | undefined;
}

function refuse(pass: Pass, { index, claims, own }: Conflict): void {
  const { ground, groupOf, refusals } = pass;
  const claimants = [...claims.keys()];
  const rivals = claimants.flatMap((group) => group.members.slice(0, 1));
  const evidence = [...claims.values()].map((span) => span.first).reduce(earlier);
  if (fitsLimits(claimants, ground.rules) && !haveFoes(claimants)) {
    refusals.push({ code: 'limit-reached', subject: index, rivals, evidence });
    if (!own) found(pass, index, 'overflow');
    return;
  }
  refusals.push({ code: 'shared-identifier', subject: index, rivals, evidence });
  if (own) return;
  const policy = ground.rules.strength(ground.nodes[index]?.type ?? '').onConflict;
  if (policy === 'split') {
    found(pass, index, 'closed');
    return;
  }
  const candidate = single(ground, index, 'person');
  const chosen = byEvidence(claims, policy).find(
    (group) => fitsLimits([group, candidate], ground.rules) && !areStrangers(group, candidate),
  );
  if (!chosen) {
    found(pass, index, 'overflow');
    return;
  }
  groupOf[index] = candidate;
  const { standing } = chosen;
  join([chosen, candidate], groupOf).standing = standing;
}

/** Claimants by their earliest (`first`) or latest (`last`) link; links of one interaction by their smallest node. */
function byEvidence(claims: ReadonlyMap<Group, Span>, policy: 'first' | 'last'): Group[] {
  const smallest = (group: Group): number =>
    group.members.reduce((least, index) => Math.min(least, index), Infinity);
  return [...claims]
    .sort(([a, spanA], [b, spanB]) => {
      const order =
        policy === 'first'
          ? compareEvidence(spanA.first, spanB.first)
          : compareEvidence(spanB.last, spanA.last);
      return order || smallest(a) - smallest(b);
    })
    .map(([group]) => group);
}

interface InsideLink {
  readonly a: number;
  readonly b: number;
  readonly first: Evidence;
}

/** Links between equally strong identifiers. */
function joinInside(pass: Pass, start: number, end: number): void {
  const links: InsideLink[] = [];
  for (let a = start; a < end; a++) {
    for (const { index: b, span } of pass.ground.neighbours[a] ?? []) {
      if (b > a && b < end) links.push({ a, b, first: span.first });
    }
  }
  links.sort((x, y) => compareEvidence(x.first, y.first) || x.a - y.a || x.b - y.b);
  for (const link of links) joinPair(pass, link);
}

function joinPair(pass: Pass, { a, b, first }: InsideLink): void {
  const [one, other] = [groupAt(pass, a), groupAt(pass, b)];
  if (one === other || one.standing === 'closed' || other.standing === 'closed') return;
  const pair = [one, other];
  const isHostile = areFoes(one, other) || areStrangers(one, other);
  if (one.standing === other.standing && !isHostile && fitsLimits(pair, pass.ground.rules)) {
    const { standing } = one;
    join(pair, pass.groupOf).standing = standing;
    return;
  }
  const code = isHostile ? 'negative-link' : 'limit-reached';
  pass.refusals.push({ code, subject: b, rivals: [a], evidence: first });
}
