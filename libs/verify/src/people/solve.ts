/**
 * The solve: types from strongest to weakest, in a type the one order; twice over when there are merges (first the evidence,
 * then whole groups held together). Sets of keys, looked through from end to end.
 */
import { erasureOf, type Standing } from '#contracts';
import { compareSeen } from '../seen.js';
import type { InForce } from './calls.js';
import type { Evidence, Link, Node } from './evidence.js';

export interface Group {
  standing: 'person' | 'overflow' | 'closed';
  readonly keys: Set<string>;
}

export interface Solved {
  readonly groupOf: ReadonlyMap<string, Group>;
  readonly standingOf: (key: string) => Standing | undefined;
  /** The first in the one order. */
  readonly rootOf: (key: string) => Node | undefined;
}

export function solve(evidence: Evidence, calls: InForce): Solved {
  const first = new Pass(evidence, calls.negatives, []);
  const bundles = bundlesOf(first, evidence, calls);
  const last = bundles.length === 0 ? first : new Pass(evidence, calls.negatives, bundles);
  const roots = new Map<Group, Node>();
  for (const node of evidence.nodes) {
    const group = last.groupOf.get(node.key);
    if (group !== undefined && !roots.has(group)) roots.set(group, node);
  }
  return {
    groupOf: last.groupOf,
    rootOf: (key) => roots.get(last.groupOf.get(key) ?? NOBODY),
    standingOf: (key) => {
      const standing = last.groupOf.get(key)?.standing;
      if (standing !== 'closed') return standing;
      return evidence.hubs.has(key) ? 'hub' : 'shared';
    },
  };
}

const NOBODY: Group = { standing: 'closed', keys: new Set() };

/** Whole groups of the evidence, joined by the merges in turn. */
function bundlesOf(first: Pass, { hubs }: Evidence, { merges }: InForce): Group[][] {
  let bundles: Group[][] = [];
  for (const [a, b] of merges) {
    const [one, other] = [first.groupOf.get(a), first.groupOf.get(b)];
    if (one === undefined || other === undefined || one === other) continue;
    if (hubs.has(a) || hubs.has(b)) continue;
    const bundleOf = (group: Group) => bundles.find((each) => each.includes(group)) ?? [group];
    const [left, right] = [bundleOf(one), bundleOf(other)];
    if (left === right || first.areApart([...left, ...right])) continue;
    bundles = [...bundles.filter((each) => each !== left && each !== right), [...left, ...right]];
  }
  return bundles;
}

class Pass {
  readonly groupOf = new Map<string, Group>();
  private readonly held = new Set<string>();
  private readonly byKey: ReadonlyMap<string, Node>;

  constructor(
    private readonly evidence: Evidence,
    private readonly negatives: InForce['negatives'],
    bundles: readonly (readonly Group[])[],
  ) {
    this.byKey = new Map(evidence.nodes.map((node) => [node.key, node]));
    for (const bundle of bundles) {
      const isOverflow = bundle.every(({ standing }) => standing === 'overflow');
      const keys = bundle.flatMap((group) => [...group.keys]);
      this.found(keys, isOverflow ? 'overflow' : 'person');
      for (const key of keys) this.held.add(key);
    }
    for (const level of new Set(evidence.nodes.map((node) => node.level))) {
      const nodes = evidence.nodes.filter((node) => node.level === level);
      for (const node of nodes) this.place(node);
      this.joinInside(nodes);
    }
  }

  /** A negative link runs between two of the groups, or they are not ghosts of one erasure, or not all alive. */
  areApart(groups: readonly Group[]): boolean {
    return this.areForbidden(groups) || this.areStrangers(groups);
  }

  private areStrangers(groups: readonly Group[]): boolean {
    const erasures = groups.map(({ keys: [key = ''] }) => {
      const node = this.byKey.get(key);
      return node && erasureOf(node);
    });
    return new Set(erasures).size > 1;
  }

  private areForbidden(groups: readonly Group[]): boolean {
    const holding = (key: string) => groups.findIndex(({ keys }) => keys.has(key));
    return this.negatives.some(([a, b]) => {
      const [x, y] = [holding(a), holding(b)];
      return x >= 0 && y >= 0 && x !== y;
    });
  }

  private found(keys: readonly string[], standing: Group['standing']): void {
    const group = { standing, keys: new Set(keys) };
    for (const key of keys) this.groupOf.set(key, group);
  }

  private place(node: Node): void {
    const { key } = node;
    if (this.evidence.hubs.has(key)) {
      this.found([key], 'closed');
      return;
    }
    const own = this.held.has(key) ? this.groupOf.get(key) : undefined;
    const alone: Group = own ?? { standing: 'person', keys: new Set([key]) };
    const claims = this.claimsOn(node, alone);
    const claimants = [...claims.keys()];
    if (this.fit([...claimants, alone])) {
      const isPerson =
        claimants.some(({ standing }) => standing === 'person') ||
        ((claimants.length === 0 || own !== undefined) && alone.standing === 'person');
      this.join([...claimants, alone], isPerson ? 'person' : 'overflow');
    } else if (own === undefined) this.refuse(node, claims);
  }

  private refuse(node: Node, claims: ReadonlyMap<Group, readonly Link[]>): void {
    const { key, onConflict } = node;
    if (this.fit([...claims.keys()])) this.found([key], 'overflow');
    else if (onConflict === 'split') this.found([key], 'closed');
    else {
      const alone: Group = { standing: 'person', keys: new Set([key]) };
      const chosen = this.byEvidence(claims, onConflict).find(
        (group) => this.withinLimits([group, alone]) && !this.areStrangers([group, alone]),
      );
      if (chosen === undefined) this.found([key], 'overflow');
      else this.join([chosen, alone], chosen.standing);
    }
  }

  /** Groups of stronger identifiers linked to it, with these links. */
  private claimsOn(node: Node, alone: Group): Map<Group, Link[]> {
    const claims = new Map<Group, Link[]>();
    for (const [other, link] of this.evidence.links.get(node.key) ?? []) {
      const group = this.groupOf.get(other);
      if ((this.byKey.get(other)?.level ?? Infinity) >= node.level || group === undefined) continue;
      if (group === alone || group.standing === 'closed') continue;
      if (this.areForbidden([group, alone])) continue;
      claims.set(group, [...(claims.get(group) ?? []), link]);
    }
    const persons = [...claims].filter(([{ standing }]) => standing === 'person');
    return persons.length > 0 ? new Map(persons) : claims;
  }

  private fit(groups: readonly Group[]): boolean {
    return this.withinLimits(groups) && !this.areApart(groups);
  }

  /** A limit is broken only by a type that two or more of the parts bring. */
  private withinLimits(groups: readonly Group[]): boolean {
    if (groups.length < 2) return true;
    const brought = new Map<string, { parts: number; total: number; limit: number }>();
    for (const group of groups) {
      const ofGroup = new Set<string>();
      for (const key of group.keys) {
        const node = this.byKey.get(key);
        if (node === undefined || node.perProfile === Infinity) continue;
        const known = brought.get(node.type) ?? { parts: 0, total: 0, limit: node.perProfile };
        known.total += 1;
        if (!ofGroup.has(node.type)) known.parts += 1;
        ofGroup.add(node.type);
        brought.set(node.type, known);
      }
    }
    return [...brought.values()].every(({ parts, total, limit }) => parts < 2 || total <= limit);
  }

  private join(groups: readonly Group[], standing: Group['standing']): void {
    this.found(
      groups.flatMap((group) => [...group.keys]),
      standing,
    );
  }

  private byEvidence(
    claims: ReadonlyMap<Group, readonly Link[]>,
    policy: 'first' | 'last',
  ): Group[] {
    const place = (group: Group) => this.evidence.nodes.findIndex(({ key }) => group.keys.has(key));
    const sightOf = (links: readonly Link[]) =>
      policy === 'first'
        ? links.map(({ first }) => first).sort(compareSeen)[0]
        : links
            .map(({ last }) => last)
            .sort(compareSeen)
            .at(-1);
    return [...claims]
      .map(([group, links]) => ({ group, sight: sightOf(links), place: place(group) }))
      .sort((x, y) => {
        const order = x.sight && y.sight ? compareSeen(x.sight, y.sight) : 0;
        return (policy === 'first' ? order : -order) || x.place - y.place;
      })
      .map(({ group }) => group);
  }

  /** Links between equally strong identifiers, by their earliest evidence. */
  private joinInside(nodes: readonly Node[]): void {
    const placeOf = new Map(nodes.map(({ key }, index) => [key, index]));
    const inside = nodes.flatMap(({ key }, a) =>
      [...(this.evidence.links.get(key) ?? [])].flatMap(([other, { first }]) => {
        const b = placeOf.get(other);
        return b === undefined || b <= a ? [] : [{ a, b, keys: [key, other], first }];
      }),
    );
    inside.sort((x, y) => compareSeen(x.first, y.first) || x.a - y.a || x.b - y.b);
    for (const { keys } of inside) {
      const [one, other] = keys.map((key) => this.groupOf.get(key));
      if (one === undefined || other === undefined || one === other) continue;
      if (one.standing === 'closed' || one.standing !== other.standing) continue;
      if (this.fit([one, other])) this.join([one, other], one.standing);
    }
  }
}
