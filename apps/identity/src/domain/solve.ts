/**
 * The solve: evidence, calls and rules → groups. Pure; the result is a function of the sets, never of their order.
 *
 * Twice over: first the evidence alone; then each merge in force joins the whole groups of its ends (exempt from limits,
 * refused by a negative link or a hub); then everything once more with those groups held together (`assignment.ts`).
 * Identifiers that the caller knows to be closed (hubs, and those at the far border of a region) take part in nothing.
 */
import { compareText } from '#kernel';
import type { Standing } from '#contracts';
import { assign } from './assignment.js';
import type { Assignment, Ground, Neighbour, Refusal } from './assignment.js';
import type { CallsInForce } from './call.js';
import { compareDecisions } from './decision.js';
import type { Decision } from './decision.js';
import type { Span } from './evidence.js';
import { haveFoes } from './group.js';
import type { Group } from './group.js';
import { compareNodes } from './identifier.js';
import type { Node } from './identifier.js';
import { splitPair } from './links.js';
import type { CompiledRules } from './rules.js';

export interface SolveInput {
  readonly nodes: readonly Node[];
  /** By pair of names; ends that are not among the nodes are left out. */
  readonly links: ReadonlyMap<string, Span>;
  readonly calls: CallsInForce;
  readonly closed: ReadonlyMap<string, 'hub' | 'shared'>;
  readonly rules: CompiledRules;
}

export interface SolvedProfile {
  readonly root: string;
  readonly standing: Standing;
  /** In the one order, the root first. */
  readonly members: readonly string[];
}

export interface Solution {
  readonly profiles: readonly SolvedProfile[];
  readonly standings: ReadonlyMap<string, Standing>;
  readonly decisions: readonly Decision[];
  /** Closed in every pass: a region may be cut there. */
  readonly cut: ReadonlySet<string>;
}

export function solve(input: SolveInput): Solution {
  const ground = prepare(input);
  const first = assign(ground, []);
  if (input.calls.merges.length === 0) return describe(ground, [first], []);
  const { held, refusals } = holdTogether(ground, first, input.calls.merges);
  return describe(ground, [first, assign(ground, held)], refusals);
}

function prepare(input: SolveInput): Ground {
  const { rules, closed } = input;
  const nodes = [...input.nodes].sort((a, b) => compareNodes(a, b, rules));
  const indexOf = new Map(nodes.map((node, index) => [node.name, index]));
  const neighbours: Neighbour[][] = nodes.map(() => []);
  for (const [pair, span] of input.links) {
    const [a, b] = ends(pair, indexOf);
    if (a === undefined || b === undefined) continue;
    neighbours[a]?.push({ index: b, span });
    neighbours[b]?.push({ index: a, span });
  }
  const foes: number[][] = nodes.map(() => []);
  for (const pair of input.calls.negatives) {
    const [a, b] = ends(pair, indexOf);
    if (a === undefined || b === undefined) continue;
    foes[a]?.push(b);
    foes[b]?.push(a);
  }
  for (const list of neighbours) list.sort((x, y) => x.index - y.index);
  return {
    nodes,
    indexOf,
    neighbours,
    foes,
    rules,
    closed: nodes.map((node) => closed.get(node.name)),
  };
}

function ends(pair: string, indexOf: ReadonlyMap<string, number>): (number | undefined)[] {
  return splitPair(pair).map((name) => indexOf.get(name));
}

/** Unites whole groups of the first pass, merge by merge. */
function holdTogether(
  ground: Ground,
  first: Assignment,
  merges: readonly string[],
): { readonly held: Group[][]; readonly refusals: Refusal[] } {
  const bundleOf = new Map<Group, Group[]>();
  const refusals: Refusal[] = [];
  for (const pair of merges) {
    const [a, b] = ends(pair, ground.indexOf);
    if (a === undefined || b === undefined) continue;
    if (ground.closed[a] || ground.closed[b]) continue;
    const [groupA, groupB] = [first.groupOf[a], first.groupOf[b]];
    if (!groupA || !groupB) continue;
    const [one, other] = [bundleOf.get(groupA) ?? [groupA], bundleOf.get(groupB) ?? [groupB]];
    if (one === other || groupA === groupB) continue;
    const bundle = [...one, ...other];
    if (haveFoes(bundle)) {
      const [subject, rival] = a < b ? [b, a] : [a, b];
      refusals.push({ code: 'negative-link', subject, rivals: [rival], evidence: null });
      continue;
    }
    for (const group of bundle) bundleOf.set(group, bundle);
  }
  return { held: [...new Set(bundleOf.values())], refusals };
}

function describe(
  ground: Ground,
  passes: readonly Assignment[],
  refusedMerges: readonly Refusal[],
): Solution {
  const last = passes[passes.length - 1] ?? passes[0];
  const groupOf = last?.groupOf ?? [];
  const profiles: SolvedProfile[] = [];
  const standings = new Map<string, Standing>();
  const cut = new Set<string>();
  for (const group of new Set(groupOf)) {
    const members = [...group.members].sort((a, b) => a - b).map((index) => nameOf(ground, index));
    const [root = ''] = members;
    const standing = standingOf(ground, group);
    profiles.push({ root, standing, members });
    for (const name of members) standings.set(name, standing);
  }
  for (const [index, node] of ground.nodes.entries()) {
    if (passes.every((pass) => pass.groupOf[index]?.standing === 'closed')) cut.add(node.name);
  }
  profiles.sort((a, b) => compareText(a.root, b.root));
  const refusals = [...(last?.refusals ?? []), ...refusedMerges];
  return { profiles, standings, decisions: decide(ground, groupOf, refusals), cut };
}

function standingOf(ground: Ground, group: Group): Standing {
  if (group.standing !== 'closed') return group.standing;
  const [only] = group.members;
  return (only !== undefined && ground.closed[only]) || 'shared';
}

function nameOf(ground: Ground, index: number): string {
  return ground.nodes[index]?.name ?? '';
}

/** Rivals become the roots of the profiles they ended in; a refusal whose sides ended in one profile is dropped. */
function decide(
  ground: Ground,
  groupOf: readonly Group[],
  refusals: readonly Refusal[],
): readonly Decision[] {
  const rootOf = (index: number): string => nameOf(ground, smallest(groupOf[index]));
  const decisions = new Map<string, Decision>();
  for (const { code, subject, rivals, evidence } of refusals) {
    const own = rootOf(subject);
    const roots = [...new Set(rivals.map(rootOf))].filter((root) => root !== own).sort(compareText);
    if (code !== 'hub' && roots.length === 0) continue;
    const decision: Decision = { code, subject: nameOf(ground, subject), rivals: roots, evidence };
    decisions.set(`${code} ${decision.subject} ${roots.join()}`, decision);
  }
  return [...decisions.values()].sort(compareDecisions);
}

/** The first member in the one order. */
function smallest(group: Group | undefined): number {
  return (group?.members ?? []).reduce((least, index) => Math.min(least, index), Infinity);
}
