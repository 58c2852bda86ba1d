/** First seen of every identifier, links between them, and hubs: from the evidence alone. */
import { erasureOf, type Identifier } from '#contracts';
import { compareText } from '#kernel';
import type { Rules } from '../archive.js';
import { compareSeen, type Seen } from '../seen.js';
import { ruleOf } from './strength.js';
import { identifierKey, type Member, type Unit } from './units.js';

export interface Node extends Identifier {
  readonly key: string;
  readonly level: number;
  readonly perProfile: number;
  readonly onConflict: 'split' | 'first' | 'last';
  readonly first: Seen;
}

export interface Link {
  readonly a: string;
  readonly b: string;
  first: Seen;
  last: Seen;
}

export interface Evidence {
  /** In the one order: strength, first seen, type, value. */
  readonly nodes: readonly Node[];
  /** Of each identifier, to each other one. */
  readonly links: ReadonlyMap<string, ReadonlyMap<string, Link>>;
  readonly hubs: ReadonlySet<string>;
}

export function evidenceIn(units: readonly Unit[], rules: Rules): Evidence {
  const nodes = nodesIn(units, rules);
  const named = namedIn(units, rules);
  const links = new Map<string, Map<string, Link>>(
    [...named.keys()].map((key) => [key, new Map()]),
  );
  for (const unit of units) {
    for (const member of unit.live) linkWithin(member, links);
    if (unit.isConversation && !unit.isWide) linkAcross(unit, named, links);
  }
  const ordered = [...nodes.values()].sort(compareNodes);
  return { nodes: ordered, links, hubs: hubsIn(named, links, rules.hubLimit) };
}

function compareNodes(a: Node, b: Node): number {
  return (
    a.level - b.level ||
    compareSeen(a.first, b.first) ||
    compareText(a.type, b.type) ||
    compareText(a.value, b.value)
  );
}

function nodesIn(units: readonly Unit[], rules: Rules): Map<string, Node> {
  const nodes = new Map<string, Node>();
  const sights = units
    .flatMap(({ live }) => live)
    .sort((a, b) => compareSeen(a.seen, b.seen))
    .flatMap(({ identifiers, seen, isRemains }) =>
      identifiers
        .filter((each) => !isRemains || erasureOf(each) !== undefined)
        .map((each) => ({ ...each, seen })),
    );
  for (const { type, value, seen } of sights) {
    const key = identifierKey({ type, value });
    const rule = ruleOf(rules, type);
    if (nodes.has(key) || rule === undefined) continue;
    const { level, onConflict } = rule;
    const perProfile = rule.perProfile ?? Infinity;
    nodes.set(key, { key, type, value, level, perProfile, onConflict, first: seen });
  }
  return nodes;
}

/** What links and limits know of an identifier, seen or only remembered. */
type Named = Pick<Node, 'key' | 'type' | 'level' | 'perProfile'>;

function namedIn(units: readonly Unit[], rules: Rules): Map<string, Named> {
  const named = new Map<string, Named>();
  for (const { type, value } of units.flatMap(({ live }) =>
    live.flatMap(({ identifiers }) => identifiers),
  )) {
    const key = identifierKey({ type, value });
    const rule = ruleOf(rules, type);
    if (rule === undefined) continue;
    named.set(key, { key, type, level: rule.level, perProfile: rule.perProfile ?? Infinity });
  }
  return named;
}

function link(
  links: Map<string, Map<string, Link>>,
  [a, b]: readonly [string, string],
  [first, last]: readonly [Seen, Seen],
): void {
  const known = links.get(a)?.get(b);
  if (known === undefined) {
    const made = { a, b, first, last };
    links.get(a)?.set(b, made);
    links.get(b)?.set(a, made);
    return;
  }
  if (compareSeen(first, known.first) < 0) known.first = first;
  if (compareSeen(last, known.last) > 0) known.last = last;
}

/** Every pair that one interaction carries. */
function linkWithin({ identifiers, seen }: Member, links: Map<string, Map<string, Link>>): void {
  const keys = identifiers.map(identifierKey);
  for (const [index, one] of keys.entries())
    for (const other of keys.slice(index + 1)) link(links, [one, other], [seen, seen]);
}

/** To every stronger identifier that is the only one of its type in the conversation. */
function linkAcross(
  { live }: Unit,
  named: ReadonlyMap<string, Named>,
  links: Map<string, Map<string, Link>>,
): void {
  const [first, last] = [live[0]?.seen, live.at(-1)?.seen];
  if (first === undefined || last === undefined) return;
  const keys = new Set(live.flatMap(({ identifiers }) => identifiers.map(identifierKey)));
  const members = [...keys].flatMap((key) => named.get(key) ?? []);
  for (const strong of members) {
    if (members.some((other) => other !== strong && other.type === strong.type)) continue;
    for (const weak of members)
      if (weak.level > strong.level) link(links, [strong.key, weak.key], [first, last]);
  }
}

function hubsIn(
  named: ReadonlyMap<string, Named>,
  links: ReadonlyMap<string, ReadonlyMap<string, Link>>,
  hubLimit: number,
): Set<string> {
  const hubs = new Set<string>();
  for (const [key, node] of named) {
    const others = [...(links.get(key)?.keys() ?? [])].flatMap((other) => named.get(other) ?? []);
    const counting = others.filter(
      (other) => other.level < node.level || other.perProfile !== Infinity,
    );
    if (counting.length > hubLimit) hubs.add(key);
  }
  return hubs;
}
